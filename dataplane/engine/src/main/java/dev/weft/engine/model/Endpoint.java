package dev.weft.engine.model;

import java.net.InetSocketAddress;
import java.util.Map;

/**
 * One place that serves a cluster.
 *
 * @param address resolved; its host string is the IP literal
 * @param meshTls whether it speaks mesh mTLS (metadata {@code tlsMode: istio})
 * @param weight at least 1
 * @param metadata who it is, for telemetry: {@code workload}, {@code namespace}, {@code service},
 *     {@code app}, {@code version}, {@code canonical_service}, {@code canonical_revision}, …;
 *     absent where it isn't known
 * @param checkedPort that health checks ask (Envoy's health_check_config.port_value); 0: the
 *     address's
 */
public record Endpoint(
    InetSocketAddress address,
    boolean meshTls,
    Health health,
    int weight,
    Map<String, String> metadata,
    int checkedPort) {

  /** Envoy's HealthStatus, as far as it makes a difference. */
  public enum Health {
    HEALTHY,
    /** Used when too few are healthy. */
    DEGRADED,
    /** Used in panic only. */
    UNHEALTHY,
    /** Gets no new requests, and nothing is made up for: it is as good as gone. */
    DRAINING
  }

  public Endpoint {
    metadata = Map.copyOf(metadata);
  }

  /** Checked where it serves. */
  public Endpoint(
      InetSocketAddress address,
      boolean meshTls,
      Health health,
      int weight,
      Map<String, String> metadata) {
    this(address, meshTls, health, weight, metadata, 0);
  }

  public Endpoint(
      InetSocketAddress address,
      boolean meshTls,
      boolean draining,
      int weight,
      Map<String, String> metadata) {
    this(address, meshTls, draining ? Health.DRAINING : Health.HEALTHY, weight, metadata);
  }

  /** Where health checks go. */
  public InetSocketAddress checkedAddress() {
    return checkedPort == 0 ? address : new InetSocketAddress(address.getAddress(), checkedPort);
  }

  /** The same elsewhere. */
  public Endpoint at(InetSocketAddress other) {
    return new Endpoint(other, meshTls, health, weight, metadata, checkedPort);
  }

  /** Whether it gets no new requests. */
  public boolean draining() {
    return health == Health.DRAINING;
  }
}
