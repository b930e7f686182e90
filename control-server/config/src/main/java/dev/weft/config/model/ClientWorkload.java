package dev.weft.config.model;

import java.util.Map;
import java.util.TreeMap;

/**
 * A workload that configuration is made for.
 *
 * @param service the name of the service that it serves; empty if it serves none
 * @param address reachable address, no port
 * @param labels its labels; {@code app} is the service's name unless given
 * @param resolvesNames whether it looks up endpoints that are host names; what calls for that is
 *     else left alone
 */
public record ClientWorkload(
    String service,
    String namespace,
    String serviceAccount,
    String address,
    Map<String, String> labels,
    boolean resolvesNames) {

  /** One that does. */
  public ClientWorkload(
      String service,
      String namespace,
      String serviceAccount,
      String address,
      Map<String, String> labels) {
    this(service, namespace, serviceAccount, address, labels, true);
  }

  public ClientWorkload {
    labels = withApp(labels, service);
  }

  /** Where it runs, by its labels. */
  public Locality locality() {
    return Locality.ofLabels(labels);
  }

  private static Map<String, String> withApp(Map<String, String> labels, String service) {
    Map<String, String> all = new TreeMap<>(labels);
    if (!service.isEmpty()) {
      all.putIfAbsent("app", service);
    }
    return Map.copyOf(all);
  }
}
