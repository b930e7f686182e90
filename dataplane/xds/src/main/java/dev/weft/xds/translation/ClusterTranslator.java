package dev.weft.xds.translation;

import com.google.protobuf.UInt32Value;
import dev.weft.engine.model.Cluster;
import dev.weft.engine.model.Endpoint;
import dev.weft.xds.proto.CircuitBreakers;
import dev.weft.xds.proto.OutlierDetection;
import dev.weft.xds.proto.RoutingPriority;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Envoy's config.cluster.v3.Cluster; its defaults where a field is unset. */
final class ClusterTranslator {

  private static final Duration DEFAULT_CONNECT_TIMEOUT = Duration.ofSeconds(5);
  private static final Duration SHORTEST_CONNECT_TIMEOUT = Duration.ofMillis(1);
  private static final int DEFAULT_MAX_REQUESTS = 1024;

  private static final String NOT_IN_FORCE = "not supported; has no effect";

  private static final int CLUSTER_TYPE = 38;

  private static final int[] HARMLESS = {
    5, // per_connection_buffer_limit_bytes
    13, // http_protocol_options
    14, // http2_protocol_options
    17, // dns_lookup_family
    25, // metadata
    28, // alt_stat_name
    29, // common_http_protocol_options
    30, // upstream_connection_options
    36, // typed_extension_protocol_options
    40 // filters (network filters)
  };
  private static final int[] THRESHOLDS_HARMLESS = {
    6 // track_remaining
  };

  private final dev.weft.xds.proto.Cluster source;
  private final Findings findings;

  private ClusterTranslator(dev.weft.xds.proto.Cluster source, Findings findings) {
    this.source = source;
    this.findings = findings;
  }

  static ClusterResource translate(dev.weft.xds.proto.Cluster source, Findings findings)
      throws ResourceRefused {
    return new ClusterTranslator(source, findings).cluster();
  }

  private ClusterResource cluster() throws ResourceRefused {
    findings.noteUnread(source, "", HARMLESS);
    String assignment = null;
    List<Endpoint> inline = List.of();
    if (UnreadFields.of(source).contains(CLUSTER_TYPE)) {
      throw findings.refusal("cluster_type", "custom cluster types are not supported");
    }
    switch (source.getType()) {
      case EDS -> {
        String service = source.getEdsClusterConfig().getServiceName();
        assignment = service.isEmpty() ? source.getName() : service;
      }
      case STATIC -> inline = EndpointTranslator.endpoints(source.getLoadAssignment(), findings);
      default -> throw findings.refusal("type", source.getType().name() + " is not supported");
    }
    if (source.getCommonLbConfig().getHealthyPanicThreshold().getValue() > 0) {
      findings.note("common_lb_config.healthy_panic_threshold", NOT_IN_FORCE);
    }
    findings.noteUnread(source.getCommonLbConfig(), "common_lb_config");
    PeerIdentity peer = PeerIdentity.of(source, findings);
    Cluster settings =
        new Cluster(
            source.getName(),
            loadBalancing(),
            connectTimeout(),
            peer.tls(),
            peer.required(),
            source.hasOutlierDetection() ? outliers(source.getOutlierDetection()) : null,
            maxRequests(),
            inline);
    return new ClusterResource(settings, assignment);
  }

  /** More than none, as Envoy demands; and in carriers, which count milliseconds, too. */
  private Duration connectTimeout() throws ResourceRefused {
    if (!source.hasConnectTimeout()) {
      return DEFAULT_CONNECT_TIMEOUT;
    }
    Duration timeout = Values.duration(source.getConnectTimeout());
    if (timeout.compareTo(Duration.ZERO) <= 0) {
      throw findings.refusal("connect_timeout", "must be greater than 0");
    }
    return timeout.compareTo(SHORTEST_CONNECT_TIMEOUT) < 0 ? SHORTEST_CONNECT_TIMEOUT : timeout;
  }

  private Cluster.LoadBalancing loadBalancing() {
    return switch (source.getLbPolicy()) {
      case ROUND_ROBIN -> Cluster.LoadBalancing.ROUND_ROBIN;
      case LEAST_REQUEST -> Cluster.LoadBalancing.LEAST_REQUEST;
      case RANDOM -> Cluster.LoadBalancing.RANDOM;
      default -> {
        findings.note(
            "lb_policy", source.getLbPolicy().name() + " is not supported; LEAST_REQUEST is used");
        yield Cluster.LoadBalancing.LEAST_REQUEST;
      }
    };
  }

  private Cluster.@Nullable OutlierDetection outliers(OutlierDetection outliers) {
    findings.noteUnread(outliers, "outlier_detection");
    noteIfSet(outliers.getEnforcingSuccessRate(), "outlier_detection.enforcing_success_rate");
    noteIfSet(
        outliers.getEnforcingConsecutiveGatewayFailure(),
        "outlier_detection.consecutive_gateway_failure");
    boolean enforced =
        !outliers.hasEnforcingConsecutive5Xx()
            || outliers.getEnforcingConsecutive5Xx().getValue() > 0;
    int consecutive =
        outliers.hasConsecutive5Xx() ? Values.clamped(outliers.getConsecutive5Xx().getValue()) : 5;
    return new Cluster.OutlierDetection(
        enforced ? consecutive : 0,
        outliers.hasInterval() ? Values.duration(outliers.getInterval()) : Duration.ofSeconds(10),
        outliers.hasBaseEjectionTime()
            ? Values.duration(outliers.getBaseEjectionTime())
            : Duration.ofSeconds(30),
        outliers.hasMaxEjectionPercent()
            ? Values.clamped(outliers.getMaxEjectionPercent().getValue())
            : 10);
  }

  private int maxRequests() {
    for (CircuitBreakers.Thresholds thresholds : source.getCircuitBreakers().getThresholdsList()) {
      if (thresholds.getPriority() == RoutingPriority.DEFAULT) {
        findings.noteUnread(thresholds, "circuit_breakers.thresholds", THRESHOLDS_HARMLESS);
        noteLimit(thresholds.getMaxConnections(), "max_connections");
        noteLimit(thresholds.getMaxPendingRequests(), "max_pending_requests");
        noteLimit(thresholds.getMaxRetries(), "max_retries");
        return thresholds.hasMaxRequests()
            ? Values.clamped(thresholds.getMaxRequests().getValue())
            : DEFAULT_MAX_REQUESTS;
      }
    }
    return DEFAULT_MAX_REQUESTS;
  }

  private void noteIfSet(UInt32Value percent, String field) {
    if (percent.getValue() != 0) {
      findings.note(field, NOT_IN_FORCE);
    }
  }

  private void noteLimit(UInt32Value limit, String field) {
    if (limit.getValue() > 0) {
      findings.note("circuit_breakers.thresholds." + field, NOT_IN_FORCE);
    }
  }
}
