package dev.weft.xds.translation;

import dev.weft.engine.HeaderEdits;
import dev.weft.engine.model.HealthCheck;
import dev.weft.engine.model.HealthCheck.Check;
import dev.weft.engine.model.HealthCheck.Grpc;
import dev.weft.engine.model.HealthCheck.Http;
import dev.weft.engine.model.HealthCheck.Intervals;
import dev.weft.engine.model.HealthCheck.Payload;
import dev.weft.engine.model.HealthCheck.Statuses;
import dev.weft.engine.model.HealthCheck.Tcp;
import dev.weft.xds.proto.HealthCheck.GrpcHealthCheck;
import dev.weft.xds.proto.HealthCheck.HttpHealthCheck;
import dev.weft.xds.proto.HealthCheck.TcpHealthCheck;
import dev.weft.xds.proto.Int64Range;
import dev.weft.xds.proto.RequestMethod;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Envoy's core.v3.HealthCheck; its defaults where a field is unset. */
final class HealthChecks {

  private static final String AT = "health_checks[0]";
  private static final Duration DEFAULT_NO_TRAFFIC = Duration.ofSeconds(60);
  private static final List<Statuses> OK = List.of(new Statuses(200, 201));

  private static final int[] HARMLESS = {
    17, // event_log_path
    19, // always_log_health_check_failures
    21, // tls_options
    22, // event_service
    25, // event_logger
    26 // always_log_health_check_success
  };

  private static final int[] HTTP_HARMLESS = {
    10, // codec_client_type
    14 // response_buffer_size
  };

  private final dev.weft.xds.proto.HealthCheck source;
  private final Findings findings;

  private HealthChecks(dev.weft.xds.proto.HealthCheck source, Findings findings) {
    this.source = source;
    this.findings = findings;
  }

  /**
   * @return null if there is none
   */
  static @Nullable HealthCheck of(dev.weft.xds.proto.Cluster cluster, Findings findings)
      throws ResourceRefused {
    return switch (cluster.getHealthChecksCount()) {
      case 0 -> null;
      case 1 -> new HealthChecks(cluster.getHealthChecks(0), findings).check();
      default -> throw findings.refusal("health_checks", "one is supported, as by Envoy");
    };
  }

  private HealthCheck check() throws ResourceRefused {
    findings.noteUnread(source, AT, HARMLESS);
    if (source.hasReuseConnection() && !source.getReuseConnection().getValue()) {
      findings.note(AT + ".reuse_connection", "false has no effect");
    }
    Check check =
        switch (source.getHealthCheckerCase()) {
          case HTTP_HEALTH_CHECK -> http(source.getHttpHealthCheck());
          case TCP_HEALTH_CHECK -> tcp(source.getTcpHealthCheck());
          case GRPC_HEALTH_CHECK -> grpc(source.getGrpcHealthCheck());
          case HEALTHCHECKER_NOT_SET ->
              throw findings.refusal(AT, "no health checker of a kind that is supported");
        };
    return new HealthCheck(
        check,
        positive(source.hasTimeout(), source.getTimeout(), "timeout", null),
        duration(source.getInitialJitter()),
        intervals(),
        threshold(source.hasUnhealthyThreshold(), source.getUnhealthyThreshold().getValue(), "un"),
        threshold(source.hasHealthyThreshold(), source.getHealthyThreshold().getValue(), ""));
  }

  private Intervals intervals() throws ResourceRefused {
    Duration interval = positive(source.hasInterval(), source.getInterval(), "interval", null);
    Duration unhealthy =
        positive(
            source.hasUnhealthyInterval(),
            source.getUnhealthyInterval(),
            "unhealthy_interval",
            interval);
    Duration noTraffic =
        positive(
            source.hasNoTrafficInterval(),
            source.getNoTrafficInterval(),
            "no_traffic_interval",
            DEFAULT_NO_TRAFFIC);
    return new Intervals(
        interval,
        positive(
            source.hasHealthyEdgeInterval(),
            source.getHealthyEdgeInterval(),
            "healthy_edge_interval",
            interval),
        unhealthy,
        positive(
            source.hasUnhealthyEdgeInterval(),
            source.getUnhealthyEdgeInterval(),
            "unhealthy_edge_interval",
            unhealthy),
        noTraffic,
        positive(
            source.hasNoTrafficHealthyInterval(),
            source.getNoTrafficHealthyInterval(),
            "no_traffic_healthy_interval",
            noTraffic),
        duration(source.getIntervalJitter()),
        source.getIntervalJitterPercent());
  }

  /**
   * @param otherwise if it is unset; null: it must not be
   */
  private Duration positive(
      boolean set,
      com.google.protobuf.Duration duration,
      String field,
      @Nullable Duration otherwise)
      throws ResourceRefused {
    if (!set && otherwise != null) {
      return otherwise;
    }
    Duration value = duration(duration);
    if (value.isNegative() || value.isZero()) {
      throw findings.refusal(AT + "." + field, "must be greater than 0");
    }
    return value;
  }

  private static Duration duration(com.google.protobuf.Duration duration) {
    return Values.duration(duration);
  }

  private int threshold(boolean set, int value, String un) throws ResourceRefused {
    if (!set) {
      throw findings.refusal(AT + "." + un + "healthy_threshold", "is required");
    }
    // 0 is as good as 1: the first already exceeds it.
    return value < 0 ? Integer.MAX_VALUE : Math.max(1, value);
  }

  private Http http(HttpHealthCheck http) throws ResourceRefused {
    String at = AT + ".http_health_check";
    findings.noteUnread(http, at, HTTP_HARMLESS);
    if (http.getPath().isEmpty()) {
      throw findings.refusal(at + ".path", "is required");
    }
    RequestMethod method = http.getMethod();
    if (method == RequestMethod.CONNECT || method == RequestMethod.UNRECOGNIZED) {
      throw findings.refusal(at + ".method", "is not supported");
    }
    HeaderEdits headers =
        HeaderMutations.ofRequest()
            .level(
                http.getRequestHeadersToRemoveList(),
                http.getRequestHeadersToAddList(),
                at + ".request_headers_to_add",
                findings)
            .edits(at + ".request_headers_to_add", findings);
    List<Statuses> expected = statuses(http.getExpectedStatusesList(), at + ".expected_statuses");
    return new Http(
        method == RequestMethod.METHOD_UNSPECIFIED ? "GET" : method.name(),
        http.getHost(),
        http.getPath(),
        headers,
        payload(http.hasSend(), http.getSend(), at + ".send"),
        payloads(http.getReceiveList(), at + ".receive"),
        expected.isEmpty() ? OK : expected,
        statuses(http.getRetriableStatusesList(), at + ".retriable_statuses"));
  }

  private List<Statuses> statuses(List<Int64Range> ranges, String at) throws ResourceRefused {
    List<Statuses> statuses = new ArrayList<>();
    for (Int64Range range : ranges) {
      if (range.getStart() < 100 || range.getEnd() > 600 || range.getStart() >= range.getEnd()) {
        throw findings.refusal(
            at, "[" + range.getStart() + ", " + range.getEnd() + ") is no range of statuses");
      }
      statuses.add(new Statuses(range.getStart(), range.getEnd()));
    }
    return statuses;
  }

  private Tcp tcp(TcpHealthCheck tcp) throws ResourceRefused {
    String at = AT + ".tcp_health_check";
    findings.noteUnread(tcp, at);
    return new Tcp(
        payload(tcp.hasSend(), tcp.getSend(), at + ".send"),
        payloads(tcp.getReceiveList(), at + ".receive"));
  }

  private Grpc grpc(GrpcHealthCheck grpc) throws ResourceRefused {
    String at = AT + ".grpc_health_check";
    findings.noteUnread(grpc, at);
    HeaderEdits metadata =
        HeaderMutations.ofRequest()
            .level(List.of(), grpc.getInitialMetadataList(), at + ".initial_metadata", findings)
            .edits(at + ".initial_metadata", findings);
    return new Grpc(grpc.getServiceName(), grpc.getAuthority(), metadata);
  }

  private List<Payload> payloads(List<dev.weft.xds.proto.HealthCheck.Payload> sources, String at)
      throws ResourceRefused {
    List<Payload> payloads = new ArrayList<>();
    for (dev.weft.xds.proto.HealthCheck.Payload payload : sources) {
      payloads.add(payload(true, payload, at));
    }
    return payloads;
  }

  private Payload payload(boolean set, dev.weft.xds.proto.HealthCheck.Payload payload, String at)
      throws ResourceRefused {
    if (!set) {
      return Payload.NONE;
    }
    return switch (payload.getPayloadCase()) {
      case BINARY -> new Payload(payload.getBinary().toByteArray());
      case TEXT -> hexadecimal(payload.getText(), at);
      case PAYLOAD_NOT_SET -> throw findings.refusal(at, "is empty");
    };
  }

  private Payload hexadecimal(String text, String at) throws ResourceRefused {
    try {
      return new Payload(HexFormat.of().parseHex(text));
    } catch (IllegalArgumentException e) {
      throw findings.refusal(at + ".text", "must be hexadecimal");
    }
  }
}
