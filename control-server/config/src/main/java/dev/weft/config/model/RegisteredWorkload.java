package dev.weft.config.model;

import java.util.List;
import java.util.Map;

/**
 * A workload that made itself known by connecting.
 *
 * @param instance unique for one run of one process
 * @param address reachable address, no port
 * @param ready false while it drains
 */
public record RegisteredWorkload(
    String instance,
    String service,
    String namespace,
    String serviceAccount,
    String address,
    Map<String, String> labels,
    List<ListeningPort> ports,
    boolean ready) {

  /**
   * A listening socket of the workload.
   *
   * @param guarded whether something there speaks the mesh's mutual TLS
   * @param by what guards it, or the class of the socket
   */
  public record ListeningPort(int number, boolean guarded, String by) {}

  public RegisteredWorkload {
    labels = Map.copyOf(labels);
    ports = List.copyOf(ports);
  }

  /** The workload as one that configuration is made for. */
  public ClientWorkload client() {
    return new ClientWorkload(service, namespace, serviceAccount, address, labels);
  }
}
