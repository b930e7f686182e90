package dev.weft.xds.translation;

import dev.weft.engine.model.Assignment;
import dev.weft.engine.model.Cluster;
import dev.weft.engine.model.LocalCluster;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A Cluster, its endpoints apart.
 *
 * @param settings with the endpoints that came inline, or none
 * @param assignment name of the ClusterLoadAssignment with the endpoints; null: they came inline
 * @param dns how the host names among the inline endpoints' addresses are resolved; null: there are
 *     none
 */
public record ClusterResource(Cluster settings, @Nullable String assignment, @Nullable Dns dns) {

  /**
   * Envoy's STRICT_DNS and LOGICAL_DNS.
   *
   * @param refresh how long what was found is good (dns_refresh_rate)
   * @param firstOnly of several addresses of a name the first stands for all (LOGICAL_DNS)
   */
  public record Dns(Duration refresh, boolean firstOnly) {}

  /** The host names that are to be resolved. */
  public List<String> hostNames() {
    return dns == null
        ? List.of()
        : settings.endpoints().stream()
            .map(endpoint -> endpoint.address())
            .filter(address -> address.isUnresolved())
            .map(address -> address.getHostString())
            .distinct()
            .toList();
  }

  /** Whether it is to be known where the workload's replicas are. */
  public boolean needsLocalCluster() {
    return settings.loadBalancing().zoneAware() != null;
  }

  /** The cluster with these endpoints, as called by a workload with these replicas. */
  public Cluster with(Assignment endpoints, LocalCluster local) {
    return new Cluster(
        settings.name(),
        settings.loadBalancing().in(local),
        settings.connectTimeout(),
        settings.tls(),
        settings.tlsRequired(),
        settings.outlierDetection(),
        settings.circuitBreakers(),
        settings.healthCheck(),
        settings.lastGoodAnswer(),
        settings.connectionOptions(),
        endpoints);
  }
}
