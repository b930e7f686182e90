package dev.weft.engine.model;

import dev.weft.engine.spi.PeerTls;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Endpoints that serve the same, and how to choose and reach them.
 *
 * @param name e.g. {@code outbound|8080|v1|catalog.shop.svc.cluster.local}
 * @param tls for endpoints that speak mesh TLS; null: plaintext to all
 * @param tlsRequired endpoints that don't speak mesh TLS are not used (DestinationRule
 *     ISTIO_MUTUAL)
 * @param maxRequests Envoy's circuit breaker; Integer.MAX_VALUE: no limit
 */
public record Cluster(
    String name,
    LoadBalancing loadBalancing,
    Duration connectTimeout,
    @Nullable PeerTls tls,
    boolean tlsRequired,
    @Nullable OutlierDetection outlierDetection,
    int maxRequests,
    List<Endpoint> endpoints) {

  public Cluster {
    endpoints = List.copyOf(endpoints);
  }

  /** Envoy's lb_policy. */
  public enum LoadBalancing {
    ROUND_ROBIN,
    LEAST_REQUEST,
    RANDOM
  }

  /**
   * Envoy's OutlierDetection, as far as it is honoured.
   *
   * @param consecutive5xx 0: never
   * @param baseEjectionTime multiplied by the number of times the endpoint was ejected
   * @param maxEjectionPercent of the cluster's endpoints; at least one may always be ejected
   */
  public record OutlierDetection(
      int consecutive5xx, Duration interval, Duration baseEjectionTime, int maxEjectionPercent) {}
}
