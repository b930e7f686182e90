package dev.weft.telemetry;

import dev.weft.telemetry.MetricOverrides.Dimensions;
import io.prometheus.metrics.core.datapoints.CounterDataPoint;
import io.prometheus.metrics.core.datapoints.DataPoint;
import io.prometheus.metrics.core.datapoints.DistributionDataPoint;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Istio's standard metrics, with the labels that {@link MetricOverrides} leave or give them. */
final class StandardMetrics {

  /** Istio's buckets: Envoy's, whatever is measured. */
  private static final double[] BOUNDS = {
    0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000, 30000, 60000, 300000, 600000,
    1800000, 3600000
  };

  private final MetricFamily<CounterDataPoint> requests =
      MetricFamily.counter(StandardMetric.REQUESTS);
  private final MetricFamily<DistributionDataPoint> durations =
      MetricFamily.histogram(StandardMetric.DURATION, BOUNDS);
  private final MetricFamily<DistributionDataPoint> requestBytes =
      MetricFamily.histogram(StandardMetric.REQUEST_BYTES, BOUNDS);
  private final MetricFamily<DistributionDataPoint> responseBytes =
      MetricFamily.histogram(StandardMetric.RESPONSE_BYTES, BOUNDS);
  private final Map<StandardMetric, MetricFamily<?>> all =
      Map.of(
          StandardMetric.REQUESTS, requests,
          StandardMetric.DURATION, durations,
          StandardMetric.REQUEST_BYTES, requestBytes,
          StandardMetric.RESPONSE_BYTES, responseBytes);

  StandardMetrics(PrometheusRegistry registry) {
    all.values().forEach(registry::register);
  }

  /**
   * The series of requests that are alike, until they are {@link #release released}.
   *
   * @param standard values of {@link Labels#ISTIO}
   * @param dimensions null: nothing is overridden
   * @param more counted as well
   */
  Series take(String[] standard, @Nullable Dimensions dimensions, @Nullable CounterDataPoint more) {
    return new Series(
        take(requests, StandardMetric.REQUESTS, standard, dimensions),
        take(durations, StandardMetric.DURATION, standard, dimensions),
        take(requestBytes, StandardMetric.REQUEST_BYTES, standard, dimensions),
        take(responseBytes, StandardMetric.RESPONSE_BYTES, standard, dimensions),
        more);
  }

  private static <D extends DataPoint> @Nullable D take(
      MetricFamily<D> family,
      StandardMetric metric,
      String[] standard,
      @Nullable Dimensions dimensions) {
    List<String> labels = labels(metric, dimensions);
    return labels == null
        ? null
        : family.take(labels, MetricOverrides.values(dimensions, metric, standard));
  }

  /** They aren't shown any more, unless others that were taken have the same labels. */
  void release(String[] standard, @Nullable Dimensions dimensions) {
    all.forEach(
        (metric, family) -> {
          List<String> labels = labels(metric, dimensions);
          if (labels != null) {
            family.release(labels, MetricOverrides.values(dimensions, metric, standard));
          }
        });
  }

  private static @Nullable List<String> labels(
      StandardMetric metric, @Nullable Dimensions dimensions) {
    return MetricOverrides.labels(dimensions == null ? null : dimensions.overrides(), metric);
  }
}
