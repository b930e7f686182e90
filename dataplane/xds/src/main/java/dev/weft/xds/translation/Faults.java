package dev.weft.xds.translation;

import com.google.protobuf.Any;
import dev.weft.engine.model.FaultPolicy;
import dev.weft.engine.model.FaultPolicy.Abort;
import dev.weft.engine.model.FaultPolicy.Delay;
import dev.weft.engine.model.FaultPolicy.Status;
import dev.weft.engine.model.Fraction;
import dev.weft.engine.model.HeaderMatch;
import dev.weft.xds.proto.FaultAbort;
import dev.weft.xds.proto.FaultDelay;
import dev.weft.xds.proto.FilterConfig;
import dev.weft.xds.proto.HTTPFault;
import dev.weft.xds.proto.HeaderMatcher;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Envoy's extensions.filters.http.fault.v3.HTTPFault. A fault is never put on more requests than it
 * was meant for: one that is narrowed in a way unknown here is left out.
 */
final class Faults {

  static final String FILTER = "envoy.filters.http.fault";

  private static final int[] HARMLESS = {
    8,
    9,
    10,
    11,
    12,
    13,
    14, // names of runtime keys
    15, // disable_downstream_cluster_stats
    16 // filter_metadata
  };

  private Faults() {}

  /**
   * @param config an HTTPFault, or a route's FilterConfig around one
   */
  static @Nullable FaultPolicy policy(Any config, String at, Findings findings)
      throws ResourceRefused {
    if (Values.typeName(config).equals("envoy.config.route.v3.FilterConfig")) {
      FilterConfig wrapper = Values.unpack(config, FilterConfig.parser(), at, findings);
      return wrapper.getDisabled() ? null : policy(wrapper.getConfig(), at, findings);
    }
    HTTPFault fault = Values.unpack(config, HTTPFault.parser(), at, findings);
    findings.noteUnread(fault, at, HARMLESS);
    if (fault.getDownstreamNodesCount() > 0 || !fault.getUpstreamCluster().isEmpty()) {
      findings.note(at, "left out: narrowing a fault to nodes or clusters is not supported");
      return null;
    }
    List<HeaderMatch> headers = new ArrayList<>();
    for (HeaderMatcher header : fault.getHeadersList()) {
      headers.addAll(Matchers.header(header, at + ".headers[" + header.getName() + "]", findings));
    }
    Delay delay = fault.hasDelay() ? delay(fault.getDelay(), at + ".delay", findings) : null;
    Abort abort = fault.hasAbort() ? abort(fault.getAbort(), at + ".abort", findings) : null;
    return delay == null && abort == null ? null : new FaultPolicy(delay, abort, headers);
  }

  private static @Nullable Delay delay(FaultDelay delay, String at, Findings findings) {
    Fraction share = Values.fraction(delay.getPercentage());
    return switch (delay.getFaultDelaySecifierCase()) {
      case FIXED_DELAY -> new Delay(Values.duration(delay.getFixedDelay()), share);
      case HEADER_DELAY -> new Delay(null, share);
      case FAULTDELAYSECIFIER_NOT_SET -> {
        findings.note(at, "left out: a delay of an unknown kind");
        yield null;
      }
    };
  }

  private static @Nullable Abort abort(FaultAbort abort, String at, Findings findings) {
    Fraction share = Values.fraction(abort.getPercentage());
    return switch (abort.getErrorTypeCase()) {
      case HTTP_STATUS -> new Abort(new Status(abort.getHttpStatus(), false), share);
      case GRPC_STATUS -> new Abort(new Status(abort.getGrpcStatus(), true), share);
      case HEADER_ABORT -> new Abort(null, share);
      case ERRORTYPE_NOT_SET -> {
        findings.note(at, "left out: an abort of an unknown kind");
        yield null;
      }
    };
  }
}
