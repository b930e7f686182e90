package dev.weft.config.model;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Istio's DestinationRule.
 *
 * @param host as written; a short name belongs to the resource's namespace
 * @param clients which of its own namespace's workloads it is for, and nobody else; {@link
 *     WorkloadSelector#ALL}: everyone whom it is visible to
 */
public record DestinationRule(
    Metadata metadata,
    String host,
    WorkloadSelector clients,
    TrafficPolicy policy,
    List<Subset> subsets,
    Visibility visibility)
    implements Resource {

  /** Endpoints chosen by labels, with a policy of their own over the rule's. */
  public record Subset(String name, Map<String, String> labels, TrafficPolicy policy) {}

  public DestinationRule {
    subsets = List.copyOf(subsets);
  }

  /** Whether it is for a workload of that namespace with these labels. */
  boolean isFor(String namespace, Map<String, String> labels) {
    return clients.isEmpty() || (metadata.namespace().equals(namespace) && clients.selects(labels));
  }

  /** The subset of that name. */
  public Optional<Subset> subset(String name) {
    return subsets.stream().filter(subset -> subset.name().equals(name)).findFirst();
  }
}
