package dev.weft.config.model;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Of Istio's EnvoyFilter what limits the rate of requests and of calls: the patches that Istio's
 * documentation of rate limits shows.
 *
 * @param selector no labels: every workload of the namespace, or of the mesh
 * @param priority the lowest is applied first
 */
public record EnvoyFilter(
    Metadata metadata, WorkloadSelector selector, int priority, List<Patch> patches)
    implements Resource {

  public EnvoyFilter {
    patches = List.copyOf(patches);
  }

  /** One of its {@code configPatches}. */
  public sealed interface Patch {

    Scope scope();
  }

  /** Whose filters are patched: those of servers, of callers, or of both. */
  public enum Context {
    SIDECAR_INBOUND,
    SIDECAR_OUTBOUND,
    ANY
  }

  /**
   * @param port of the workload, or of the host that is called; null: all
   * @param host that is called; null: all, and those of servers
   */
  public record Scope(Context context, @Nullable Integer port, @Nullable String host) {

    boolean concernsRequests(int workloadsPort) {
      return context != Context.SIDECAR_OUTBOUND && host == null && isOf(workloadsPort);
    }

    boolean concernsCalls(String calledHost, int calledPort) {
      return context != Context.SIDECAR_INBOUND
          && (host == null || host.equals(calledHost))
          && isOf(calledPort);
    }

    private boolean isOf(int one) {
      return port == null || port == one;
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
  public record Insert(Scope scope, String filter, boolean last, int stage, RateLimit limit)
      implements Patch {}

  /**
   * What routes say.
   *
   * @param rules by stage, in order
   * @param filters in place of filters of these names
   */
  public record Route(Scope scope, List<StagedRule> rules, Map<String, RateLimit.Local> filters)
      implements Patch {

    public Route {
      rules = List.copyOf(rules);
      filters = Map.copyOf(filters);
    }
  }

  /** A rule for filters of one stage. */
  public record StagedRule(int stage, RateLimit.Rule rule) {}
}
