package dev.weft.engine.model;

import java.net.InetSocketAddress;
import java.util.Map;

/**
 * One place that serves a cluster.
 *
 * @param address resolved; its host string is the IP literal
 * @param meshTls whether it speaks mesh mTLS (metadata {@code tlsMode: istio})
 * @param draining gets no new requests
 * @param weight at least 1
 * @param metadata who it is, for telemetry: {@code workload}, {@code namespace}, {@code service},
 *     {@code app}, {@code version}, {@code canonical_service}, {@code canonical_revision}, …;
 *     absent where it isn't known
 */
public record Endpoint(
    InetSocketAddress address,
    boolean meshTls,
    boolean draining,
    int weight,
    Map<String, String> metadata) {

  public Endpoint {
    metadata = Map.copyOf(metadata);
  }
}
