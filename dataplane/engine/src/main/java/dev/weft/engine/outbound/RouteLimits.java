package dev.weft.engine.outbound;

import dev.weft.engine.limits.LimitSurroundings;
import dev.weft.engine.limits.Limiter;
import dev.weft.engine.limits.Limiters;
import dev.weft.engine.model.RequestLimit;
import dev.weft.engine.model.Route;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The limits of one called host, that its routes share. */
final class RouteLimits {

  private final List<RequestLimit> limits;
  private final @Nullable Limiters limiters;

  private RouteLimits(List<RequestLimit> limits, @Nullable Limiters limiters) {
    this.limits = limits;
    this.limiters = limiters;
  }

  /** No limits at all. */
  static final RouteLimits NONE = new RouteLimits(List.of(), null);

  /**
   * @param before of the same host
   */
  static RouteLimits of(
      List<RequestLimit> limits, LimitSurroundings surroundings, @Nullable RouteLimits before) {
    return limits.isEmpty()
        ? NONE
        : new RouteLimits(
            limits, new Limiters(surroundings, before == null ? null : before.limiters));
  }

  /** In order; null: none. */
  Limiter @Nullable [] of(Route route) {
    Limiters shared = limiters;
    return shared == null
        ? null
        : limits.stream()
            .map(limit -> shared.of(limit, route.rateLimits()))
            .toArray(Limiter[]::new);
  }
}
