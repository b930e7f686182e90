package dev.weft.telemetry;

import dev.weft.engine.expression.Attributes;
import dev.weft.engine.expression.Expression;
import dev.weft.engine.model.MetricPolicy;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What Istio's Telemetry changes about the standard metrics of one direction, compiled: for each,
 * which labels its series have. As in Istio an expression that has no value is {@code unknown}.
 */
final class MetricOverrides {

  /** Of a label's value, characters: one may be a header's. */
  static final int LONGEST_VALUE = 256;

  private static final Shape STANDARD = Shape.standard();

  private final List<Expression> expressions = new ArrayList<>();
  private final Map<StandardMetric, Shape> shapes = new EnumMap<>(StandardMetric.class);
  private final Dimensions bare = new Dimensions(this, List.of());

  /**
   * The labels of a metric's series.
   *
   * @param sources of each label's value: a place among {@link Labels#ISTIO}'s, or below 0 the
   *     complement of a place among the expressions' values
   */
  private record Shape(List<String> labels, List<Integer> sources) {

    static Shape standard() {
      List<Integer> places = new ArrayList<>();
      for (int i = 0; i < Labels.ISTIO.length; i++) {
        places.add(i);
      }
      return new Shape(List.of(Labels.ISTIO), places);
    }
  }

  /** The values of what expressions make labels of; by them a request's series is chosen, too. */
  record Dimensions(MetricOverrides overrides, List<String> values) {}

  private MetricOverrides() {}

  /** Null if everything is as Istio has it. */
  static @Nullable MetricOverrides of(List<MetricPolicy> policies) {
    if (policies.isEmpty()) {
      return null;
    }
    MetricOverrides overrides = new MetricOverrides();
    for (StandardMetric metric : StandardMetric.values()) {
      Shape shape = overrides.shape(metric, policies);
      if (shape != null) {
        overrides.shapes.put(metric, shape);
      }
    }
    return overrides;
  }

  private @Nullable Shape shape(StandardMetric metric, List<MetricPolicy> policies) {
    Map<String, Integer> added = new TreeMap<>();
    Map<String, Integer> standard = new TreeMap<>();
    for (int i = 0; i < Labels.ISTIO.length; i++) {
      standard.put(Labels.ISTIO[i], i);
    }
    for (MetricPolicy policy : policies) {
      if (!policy.metric().isEmpty() && !policy.metric().equals(metric.configured)) {
        continue;
      }
      if (policy.drop()) {
        return null;
      }
      standard.keySet().removeAll(policy.tagsToRemove());
      policy
          .dimensions()
          .forEach(
              (label, expression) ->
                  (isStandard(label) ? standard : added).put(label, ~place(expression)));
    }
    List<String> labels = new ArrayList<>();
    List<Integer> sources = new ArrayList<>();
    for (String label : Labels.ISTIO) {
      Integer source = standard.get(label);
      if (source != null) {
        labels.add(label);
        sources.add(source);
      }
    }
    labels.addAll(added.keySet());
    sources.addAll(added.values());
    return new Shape(List.copyOf(labels), List.copyOf(sources));
  }

  private static boolean isStandard(String label) {
    return STANDARD.labels.contains(label);
  }

  private int place(Expression expression) {
    int known = expressions.indexOf(expression);
    if (known < 0) {
      expressions.add(expression);
    }
    return known < 0 ? expressions.size() - 1 : known;
  }

  /** What requests have to be asked for these. */
  List<Expression> expressions() {
    return expressions;
  }

  /**
   * @param request null: nothing was kept of it
   */
  Dimensions dimensions(@Nullable Attributes request) {
    if (expressions.isEmpty()) {
      return bare;
    }
    List<String> values = new ArrayList<>(expressions.size());
    for (Expression expression : expressions) {
      String value = request == null ? null : expression.text(request);
      values.add(value == null ? Labels.UNKNOWN : bounded(value));
    }
    return new Dimensions(this, values);
  }

  private static String bounded(String value) {
    return value.length() <= LONGEST_VALUE ? value : value.substring(0, LONGEST_VALUE);
  }

  /**
   * The labels of a metric's series; null if it isn't reported.
   *
   * @param overrides null: Istio's
   */
  static @Nullable List<String> labels(@Nullable MetricOverrides overrides, StandardMetric metric) {
    Shape shape = overrides == null ? STANDARD : overrides.shapes.get(metric);
    return shape == null ? null : shape.labels;
  }

  /**
   * The values for a metric that is reported.
   *
   * @param standard of {@link Labels#ISTIO}
   */
  static List<String> values(
      @Nullable Dimensions dimensions, StandardMetric metric, String[] standard) {
    Shape shape = dimensions == null ? STANDARD : dimensions.overrides.shapes.get(metric);
    if (shape == null) {
      throw new IllegalArgumentException(metric + " is not reported");
    }
    List<String> values = new ArrayList<>(shape.sources.size());
    for (int source : shape.sources) {
      values.add(
          source >= 0 || dimensions == null ? standard[source] : dimensions.values.get(~source));
    }
    return values;
  }
}
