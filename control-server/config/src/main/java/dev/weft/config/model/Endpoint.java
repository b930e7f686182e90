package dev.weft.config.model;

import java.util.Map;

/**
 * Where one port of a service is served.
 *
 * @param address an IP address; or a host name, where the service is resolved by DNS
 * @param labels what subsets choose by
 * @param locality {@code region/zone/subzone}, or empty
 * @param weight share of the load, at least 1
 * @param workload name of what serves there, for telemetry
 * @param namespace of what serves there
 * @param serviceAccount the identity that serves there; empty if not known
 * @param mutualTls whether it speaks the mesh's mutual TLS
 * @param ready false while it drains
 */
public record Endpoint(
    String address,
    int port,
    Map<String, String> labels,
    String locality,
    int weight,
    String workload,
    String namespace,
    String serviceAccount,
    boolean mutualTls,
    boolean ready) {

  public Endpoint {
    labels = Map.copyOf(labels);
  }
}
