package dev.weft.xds.translation;

import com.google.protobuf.Any;
import dev.weft.engine.model.FaultPolicy;
import dev.weft.xds.proto.FaultAbort;
import dev.weft.xds.proto.FaultDelay;
import dev.weft.xds.proto.FilterConfig;
import dev.weft.xds.proto.HTTPFault;
import java.time.Duration;
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
    if (fault.getHeadersCount() + fault.getDownstreamNodesCount() > 0
        || !fault.getUpstreamCluster().isEmpty()) {
      findings.note(at, "left out: narrowing a fault to some requests is not supported");
      return null;
    }
    Duration delay = null;
    int delayShare = 0;
    if (fault.hasDelay()) {
      FaultDelay source = fault.getDelay();
      if (source.hasFixedDelay()) {
        delay = Values.duration(source.getFixedDelay());
        delayShare = Values.perMillion(source.getPercentage());
      } else {
        findings.note(at + ".delay", "left out: only a fixed delay is supported");
      }
    }
    int abortStatus = 0;
    int abortShare = 0;
    if (fault.hasAbort()) {
      FaultAbort source = fault.getAbort();
      if (source.hasHttpStatus()) {
        abortStatus = source.getHttpStatus();
        abortShare = Values.perMillion(source.getPercentage());
      } else {
        findings.note(at + ".abort", "left out: only an HTTP status is supported");
      }
    }
    return delay == null && abortStatus == 0
        ? null
        : new FaultPolicy(delay, delayShare, abortStatus, abortShare);
  }
}
