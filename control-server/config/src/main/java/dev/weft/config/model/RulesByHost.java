package dev.weft.config.model;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Rules for hosts, looked up as Istio looks up a DestinationRule: in the caller's namespace, then
 * in the service's, then in the root namespace.
 */
final class RulesByHost<T extends Resource> {

  private final MeshSettings settings;
  private final Function<T, Visibility> visibility;
  private final Map<String, HostIndex<T>> byNamespace = new HashMap<>();

  RulesByHost(MeshSettings settings, Function<T, Visibility> visibility) {
    this.settings = settings;
    this.visibility = visibility;
  }

  /**
   * @param host as written
   */
  void add(String host, T rule) {
    String namespace = rule.metadata().namespace();
    byNamespace
        .computeIfAbsent(namespace, key -> new HostIndex<>())
        .add(settings.qualify(host, namespace), rule);
  }

  /** Those of the first namespace that has any, in the order in which they were added. */
  List<T> find(Service service, String clientNamespace) {
    for (String namespace :
        List.of(clientNamespace, service.namespace(), settings.rootNamespace())) {
      HostIndex<T> rules = byNamespace.get(namespace);
      if (rules != null) {
        List<T> found =
            rules.find(
                service.host(), rule -> visibility.apply(rule).allows(clientNamespace, namespace));
        if (!found.isEmpty()) {
          return found;
        }
      }
    }
    return List.of();
  }
}
