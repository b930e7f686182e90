package dev.weft.config.model;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Istio's DestinationRule.
 *
 * @param host as written; a short name belongs to the resource's namespace
 */
public record DestinationRule(
    Metadata metadata,
    String host,
    TrafficPolicy policy,
    List<Subset> subsets,
    Visibility visibility)
    implements Resource {

  /** Endpoints chosen by labels, with a policy of their own over the rule's. */
  public record Subset(String name, Map<String, String> labels, TrafficPolicy policy) {}

  public DestinationRule {
    subsets = List.copyOf(subsets);
  }

  /** The subset of that name. */
  public Optional<Subset> subset(String name) {
    return subsets.stream().filter(subset -> subset.name().equals(name)).findFirst();
  }
}
