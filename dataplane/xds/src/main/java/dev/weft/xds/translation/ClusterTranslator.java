package dev.weft.xds.translation;

import dev.weft.engine.model.Assignment;
import dev.weft.engine.model.Cluster;
import dev.weft.xds.proto.Cluster.DiscoveryType;
import java.time.Duration;

/** Envoy's config.cluster.v3.Cluster; its defaults where a field is unset. */
final class ClusterTranslator {

  private static final Duration DEFAULT_CONNECT_TIMEOUT = Duration.ofSeconds(5);
  private static final Duration DEFAULT_DNS_REFRESH_RATE = Duration.ofSeconds(5);
  private static final Duration SHORTEST_CONNECT_TIMEOUT = Duration.ofMillis(1);

  private static final int CLUSTER_TYPE = 38;

  private static final int[] HARMLESS = {
    5, // per_connection_buffer_limit_bytes
    13, // http_protocol_options
    14, // http2_protocol_options
    17, // dns_lookup_family: IPv4 where there is any
    20, // dns_jitter
    39, // respect_dns_ttl: the JVM doesn't tell
    44, // dns_failure_refresh_rate
    45, // use_tcp_for_dns_lookups
    53, // dns_resolution_config
    55, // typed_dns_resolver_config
    28, // alt_stat_name
    29, // common_http_protocol_options
    40 // filters (network filters)
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
    ClusterResource.Dns dns = null;
    Assignment inline = Assignment.NONE;
    if (UnreadFields.of(source).contains(CLUSTER_TYPE)) {
      throw findings.refusal("cluster_type", "custom cluster types are not supported");
    }
    switch (source.getType()) {
      case EDS -> {
        String service = source.getEdsClusterConfig().getServiceName();
        assignment = service.isEmpty() ? source.getName() : service;
      }
      case STATIC -> inline = EndpointTranslator.assignment(source.getLoadAssignment(), findings);
      case STRICT_DNS, LOGICAL_DNS -> {
        inline = EndpointTranslator.namedAssignment(source.getLoadAssignment(), findings);
        boolean logical = source.getType() == DiscoveryType.LOGICAL_DNS;
        if (logical && inline.endpoints().size() != 1) {
          throw findings.refusal("load_assignment", "LOGICAL_DNS is for one endpoint");
        }
        dns = new ClusterResource.Dns(refreshRate(), logical);
      }
      default -> throw findings.refusal("type", source.getType().name() + " is not supported");
    }
    PeerIdentity peer = PeerIdentity.of(source, findings);
    OwnMetadata own = OwnMetadata.of(source, findings);
    Cluster settings =
        new Cluster(
            source.getName(),
            LoadBalancings.loadBalancing(source, findings),
            connectTimeout(),
            peer.tls(),
            peer.required(),
            source.hasOutlierDetection()
                ? Outliers.detection(
                    source.getOutlierDetection(), own.outlierErrorCodes(), findings)
                : null,
            Limits.circuitBreakers(source, own.retryBudgetInterval(), findings),
            HealthChecks.of(source, findings),
            LastGoodAnswers.of(source, findings),
            Limits.connections(source, own.proxyProtocol(), findings),
            inline);
    return new ClusterResource(settings, assignment, dns);
  }

  private Duration refreshRate() throws ResourceRefused {
    if (!source.hasDnsRefreshRate()) {
      return DEFAULT_DNS_REFRESH_RATE;
    }
    Duration rate = Values.duration(source.getDnsRefreshRate());
    if (rate.compareTo(Duration.ofMillis(1)) < 0) {
      throw findings.refusal("dns_refresh_rate", "must be at least 1 ms");
    }
    return rate;
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
}
