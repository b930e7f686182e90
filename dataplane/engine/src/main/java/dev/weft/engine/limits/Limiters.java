package dev.weft.engine.limits;

import dev.weft.engine.model.AdaptiveConcurrency;
import dev.weft.engine.model.MaxRequests;
import dev.weft.engine.model.RateLimit;
import dev.weft.engine.model.RateLimitRule;
import dev.weft.engine.model.RequestLimit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The limiters of one port or one called host. */
public final class Limiters {

  /** A limiter whose descriptors are not settled yet. */
  @FunctionalInterface
  private interface Counting {
    Decision decide(LimitedRequest request, Descriptors descriptors);
  }

  private final LimitSurroundings surroundings;
  private final Map<RequestLimit, Counting> before;
  private final Map<RequestLimit, Counting> counting = new HashMap<>();

  /**
   * @param before of the same port or host; what is configured as it was goes on counting
   */
  public Limiters(LimitSurroundings surroundings, @Nullable Limiters before) {
    this.surroundings = surroundings;
    this.before = before == null ? Map.of() : before.counting;
  }

  /**
   * @param routesRules the descriptors of requests of a route, for limits that have none of their
   *     own
   */
  public Limiter of(RequestLimit limit, List<RateLimitRule> routesRules) {
    if (limit instanceof RateLimit rate) {
      List<RateLimitRule> own = rate.rules();
      Descriptors descriptors =
          new Descriptors(
              own != null
                  ? own
                  : routesRules.stream().filter(rule -> rule.stage() == rate.stage()).toList());
      Counting limiter = counting(limit);
      return request -> limiter.decide(request, descriptors);
    }
    Counting limiter = counting(limit);
    Descriptors none = new Descriptors(List.of());
    return request -> limiter.decide(request, none);
  }

  private Counting counting(RequestLimit limit) {
    return counting.computeIfAbsent(
        limit,
        key -> {
          Counting kept = before.get(key);
          return kept == null ? begin(key) : kept;
        });
  }

  private Counting begin(RequestLimit limit) {
    if (limit instanceof RateLimit.Local local) {
      return new LocalRateLimiter(local, surroundings)::decide;
    }
    if (limit instanceof RateLimit.Global global) {
      return new GlobalRateLimiter(global, surroundings)::decide;
    }
    if (limit instanceof MaxRequests most) {
      MaxRequestsLimiter limiter = new MaxRequestsLimiter(most);
      return (request, descriptors) -> limiter.decide();
    }
    ConcurrencyLimiter limiter = new ConcurrencyLimiter((AdaptiveConcurrency) limit, surroundings);
    return (request, descriptors) -> limiter.decide();
  }
}
