package dev.weft.telemetry;

import io.prometheus.metrics.core.datapoints.CounterDataPoint;
import io.prometheus.metrics.core.datapoints.DataPoint;
import io.prometheus.metrics.core.datapoints.DistributionDataPoint;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.core.metrics.StatefulMetric;
import io.prometheus.metrics.model.registry.Collector;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.MetricMetadata;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Function;

/**
 * One metric whose series may have different labels, which Prometheus' client doesn't know. A
 * series has as many users as requests told apart are counted by it, and goes with the last.
 */
final class MetricFamily<D extends DataPoint> implements Collector {

  private final String name;
  private final MetricMetadata metadata;
  private final Function<String[], StatefulMetric<D, ?>> maker;
  private final BiFunction<MetricMetadata, Collection<MetricSnapshot>, MetricSnapshot> union;
  private final Map<List<String>, Variant<D>> variants = new HashMap<>();

  /** Series with the same labels, and the users of each by its values. */
  private record Variant<D extends DataPoint>(
      StatefulMetric<D, ?> metric, Map<List<String>, Integer> users) {}

  private MetricFamily(
      StandardMetric metric,
      Function<String[], StatefulMetric<D, ?>> maker,
      BiFunction<MetricMetadata, Collection<MetricSnapshot>, MetricSnapshot> union) {
    name = metric.exposed();
    metadata = new MetricMetadata(name, metric.help);
    this.maker = maker;
    this.union = union;
  }

  static MetricFamily<CounterDataPoint> counter(StandardMetric metric) {
    return new MetricFamily<>(
        metric,
        labels ->
            Counter.builder().name(metric.exposed()).labelNames(labels).withoutExemplars().build(),
        MetricFamily::counters);
  }

  static MetricFamily<DistributionDataPoint> histogram(StandardMetric metric, double[] bounds) {
    return new MetricFamily<>(
        metric,
        labels ->
            Histogram.builder()
                .name(metric.exposed())
                .labelNames(labels)
                .classicOnly()
                .classicUpperBounds(bounds)
                .withoutExemplars()
                .build(),
        MetricFamily::histograms);
  }

  /** The series with these labels, for one more user. */
  synchronized D take(List<String> labels, List<String> values) {
    Variant<D> variant =
        variants.computeIfAbsent(
            labels,
            names -> new Variant<>(maker.apply(names.toArray(String[]::new)), new HashMap<>()));
    variant.users.merge(values, 1, Integer::sum);
    return variant.metric.labelValues(values.toArray(String[]::new));
  }

  /** A user doesn't want it any more. */
  synchronized void release(List<String> labels, List<String> values) {
    Variant<D> variant = variants.get(labels);
    if (variant != null
        && variant.users.computeIfPresent(values, (k, users) -> users == 1 ? null : users - 1)
            == null) {
      variant.metric.remove(values.toArray(String[]::new));
      if (variant.users.isEmpty()) {
        variants.remove(labels);
      }
    }
  }

  @Override
  public String getPrometheusName() {
    return name;
  }

  @Override
  public MetricSnapshot collect() {
    List<MetricSnapshot> parts = new ArrayList<>();
    synchronized (this) {
      variants.values().forEach(variant -> parts.add(variant.metric.collect()));
    }
    return union.apply(metadata, parts);
  }

  private static MetricSnapshot counters(
      MetricMetadata metadata, Collection<MetricSnapshot> parts) {
    List<CounterDataPointSnapshot> all = new ArrayList<>();
    parts.forEach(part -> all.addAll(((CounterSnapshot) part).getDataPoints()));
    return new CounterSnapshot(metadata, all);
  }

  private static MetricSnapshot histograms(
      MetricMetadata metadata, Collection<MetricSnapshot> parts) {
    List<HistogramDataPointSnapshot> all = new ArrayList<>();
    parts.forEach(part -> all.addAll(((HistogramSnapshot) part).getDataPoints()));
    return new HistogramSnapshot(metadata, all);
  }
}
