package dev.weft.config.model;

import java.util.List;

/**
 * Istio's AuthorizationPolicy.
 *
 * @param rules any of them must match for the action to be taken
 */
public record AuthorizationPolicy(
    Metadata metadata, WorkloadSelector selector, Action action, List<Rule> rules)
    implements Resource {

  /** What a matching rule does. */
  public enum Action {
    ALLOW,
    DENY
  }

  /**
   * One rule: any source and any operation must match. An empty list matches all.
   *
   * @param index in the resource, from 0
   */
  public record Rule(int index, List<Source> sources, List<Operation> operations) {}

  /**
   * Who calls. Each list that is not empty must match; a {@code not} list must not. Values are as
   * Istio writes them, with {@code *} in front, at the end or alone.
   */
  public record Source(
      List<String> principals,
      List<String> notPrincipals,
      List<String> namespaces,
      List<String> notNamespaces) {}

  /** What is called; as {@link Source}. */
  public record Operation(
      List<String> hosts,
      List<String> notHosts,
      List<String> ports,
      List<String> notPorts,
      List<String> methods,
      List<String> notMethods,
      List<String> paths,
      List<String> notPaths) {}

  public AuthorizationPolicy {
    rules = List.copyOf(rules);
  }
}
