package dev.weft.engine.model;

import dev.weft.engine.expression.Expression;
import java.util.Map;
import java.util.Set;

/**
 * How a metric differs from Istio's standard (Istio's stats.MetricConfig).
 *
 * @param metric without {@code istio_}, such as {@code requests_total}; empty: all of them
 * @param drop it isn't reported
 * @param dimensions labels that are added, or whose value is another
 * @param tagsToRemove labels that are left out
 */
public record MetricPolicy(
    String metric, boolean drop, Map<String, Expression> dimensions, Set<String> tagsToRemove) {

  public MetricPolicy {
    dimensions = Map.copyOf(dimensions);
    tagsToRemove = Set.copyOf(tagsToRemove);
  }
}
