package dev.weft.config.model;

import dev.weft.config.model.EnvoyFilter.Insert;
import dev.weft.config.model.EnvoyFilter.Route;
import dev.weft.config.model.EnvoyFilter.StagedRule;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The limits on requests that one port gets, or that are made to one host.
 *
 * @param first before all other filters
 * @param last after them
 * @param concurrency null: none
 */
public record RequestLimits(
    List<RateLimit> first, List<RateLimit> last, @Nullable AdaptiveConcurrency concurrency) {

  public static final RequestLimits NONE = new RequestLimits(List.of(), List.of(), null);

  public RequestLimits {
    first = List.copyOf(first);
    last = List.copyOf(last);
  }

  /** In the order in which requests pass them. */
  public List<RateLimit> rates() {
    return Stream.concat(first.stream(), last.stream()).toList();
  }

  /**
   * Of a server's port.
   *
   * @param policies for the workload
   * @param filters for the workload, in the order in which they apply
   */
  static RequestLimits of(List<ServicePolicy> policies, List<EnvoyFilter> filters, int port) {
    List<RateLimit> first = new ArrayList<>();
    List<RateLimit> last = new ArrayList<>();
    insert(patches(filters, scope -> scope.concernsRequests(port)), first, last);
    AdaptiveConcurrency concurrency = null;
    for (ServicePolicy policy : policies) {
      first.addAll(policy.rateLimits());
      concurrency = concurrency == null ? policy.adaptiveConcurrency() : concurrency;
    }
    return new RequestLimits(first, last, concurrency);
  }

  /**
   * Of the calls to a host.
   *
   * @param policy for that host; null: none
   * @param filters for the caller, in the order in which they apply
   */
  static RequestLimits ofCalls(
      @Nullable ServicePolicy policy, List<EnvoyFilter> filters, String host, int port) {
    List<RateLimit> first = new ArrayList<>();
    List<RateLimit> last = new ArrayList<>();
    insert(patches(filters, scope -> scope.concernsCalls(host, port)), first, last);
    if (policy == null) {
      return new RequestLimits(first, last, null);
    }
    first.addAll(policy.rateLimits());
    return new RequestLimits(first, last, policy.adaptiveConcurrency());
  }

  private static List<EnvoyFilter.Patch> patches(
      List<EnvoyFilter> filters, Predicate<EnvoyFilter.Scope> concerned) {
    return filters.stream()
        .flatMap(filter -> filter.patches().stream())
        .filter(patch -> concerned.test(patch.scope()))
        .toList();
  }

  private static void insert(
      List<EnvoyFilter.Patch> patches, List<RateLimit> first, List<RateLimit> last) {
    List<StagedRule> rules = new ArrayList<>();
    Map<String, RateLimit.Local> inPlace = new HashMap<>();
    for (EnvoyFilter.Patch patch : patches) {
      if (patch instanceof Route route) {
        rules.addAll(route.rules());
        inPlace.putAll(route.filters());
      }
    }
    for (EnvoyFilter.Patch patch : patches) {
      if (patch instanceof Insert insert) {
        RateLimit.Local own = inPlace.get(insert.filter());
        RateLimit limit = own == null ? insert.limit() : own;
        List<RateLimit.Rule> ofRoutes =
            rules.stream()
                .filter(rule -> rule.stage() == insert.stage())
                .map(StagedRule::rule)
                .toList();
        RateLimit complete = limit.rules().isEmpty() ? limit.with(ofRoutes) : limit;
        if (insert.last()) {
          last.add(complete);
        } else {
          // Each before all that are there, those of earlier patches among them.
          first.add(0, complete);
        }
      }
    }
  }
}
