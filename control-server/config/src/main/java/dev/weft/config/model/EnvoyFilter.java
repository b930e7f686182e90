package dev.weft.config.model;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Of Istio's EnvoyFilter what limits the rate of requests to servers: the patches that Istio's
 * documentation of rate limits shows.
 *
 * @param selector no labels: every workload of the namespace, or of the mesh
 */
public record EnvoyFilter(Metadata metadata, WorkloadSelector selector, List<Patch> patches)
    implements Resource {

  public EnvoyFilter {
    patches = List.copyOf(patches);
  }

  /** One of its {@code configPatches}. */
  public sealed interface Patch {

    /** Of the workload; null: all. */
    @Nullable Integer port();

    /** Whether it is for that port of a workload. */
    default boolean concerns(int workloadsPort) {
      Integer only = port();
      return only == null || only == workloadsPort;
    }
  }

  /**
   * A filter.
   *
   * @param filter its name, by which routes configure it
   * @param last whether it comes right before the router, not first
   * @param stage the number of those rules of routes that are for it
   * @param limit without rules: those of routes hold
   */
  public record Insert(
      @Nullable Integer port, String filter, boolean last, int stage, RateLimit limit)
      implements Patch {}

  /**
   * What routes say.
   *
   * @param rules by stage, in order
   * @param filters in place of filters of these names
   */
  public record Route(
      @Nullable Integer port, List<StagedRule> rules, Map<String, RateLimit.Local> filters)
      implements Patch {

    public Route {
      rules = List.copyOf(rules);
      filters = Map.copyOf(filters);
    }
  }

  /** A rule for filters of one stage. */
  public record StagedRule(int stage, RateLimit.Rule rule) {}
}
