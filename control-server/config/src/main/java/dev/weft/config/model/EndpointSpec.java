package dev.weft.config.model;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An endpoint as a ServiceEntry or WorkloadEntry declares it.
 *
 * @param address an IP address, or a host name
 * @param ports the endpoint's port for a service's port name
 * @param locality {@code region/zone/subzone}, or empty
 * @param weight share of the load, at least 1
 * @param serviceAccount the identity that serves there, if declared
 */
public record EndpointSpec(
    String address,
    Map<String, Integer> ports,
    Map<String, String> labels,
    String locality,
    int weight,
    @Nullable String serviceAccount) {

  public EndpointSpec {
    ports = Map.copyOf(ports);
    labels = Map.copyOf(labels);
  }
}
