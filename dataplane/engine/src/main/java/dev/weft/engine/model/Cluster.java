package dev.weft.engine.model;

import dev.weft.engine.spi.UpstreamTls;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Endpoints that serve the same, and how to choose and reach them.
 *
 * @param name e.g. {@code outbound|8080|v1|catalog.shop.svc.cluster.local}
 * @param tls the mesh's, for endpoints that speak it; or another's, for all; null: plaintext to all
 * @param tlsRequired endpoints that don't speak it are not used (DestinationRule ISTIO_MUTUAL)
 * @param lastGoodAnswer null: no answers are kept
 */
public record Cluster(
    String name,
    LoadBalancing loadBalancing,
    Duration connectTimeout,
    @Nullable UpstreamTls tls,
    boolean tlsRequired,
    @Nullable OutlierDetection outlierDetection,
    CircuitBreakers circuitBreakers,
    @Nullable HealthCheck healthCheck,
    @Nullable LastGoodAnswer lastGoodAnswer,
    ConnectionOptions connectionOptions,
    Assignment assignment) {

  /** Of which no answers are kept, with connections that may be used for ever. */
  public Cluster(
      String name,
      LoadBalancing loadBalancing,
      Duration connectTimeout,
      @Nullable UpstreamTls tls,
      boolean tlsRequired,
      @Nullable OutlierDetection outlierDetection,
      CircuitBreakers circuitBreakers,
      @Nullable HealthCheck healthCheck,
      Assignment assignment) {
    this(
        name,
        loadBalancing,
        connectTimeout,
        tls,
        tlsRequired,
        outlierDetection,
        circuitBreakers,
        healthCheck,
        null,
        ConnectionOptions.NONE,
        assignment);
  }

  /** And without health checks. */
  public Cluster(
      String name,
      LoadBalancing loadBalancing,
      Duration connectTimeout,
      @Nullable UpstreamTls tls,
      boolean tlsRequired,
      @Nullable OutlierDetection outlierDetection,
      CircuitBreakers circuitBreakers,
      Assignment assignment) {
    this(
        name,
        loadBalancing,
        connectTimeout,
        tls,
        tlsRequired,
        outlierDetection,
        circuitBreakers,
        null,
        assignment);
  }

  /** Of all localities and priorities. */
  public List<Endpoint> endpoints() {
    return assignment.endpoints();
  }
}
