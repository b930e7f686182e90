package dev.weft.telemetry;

import dev.weft.telemetry.MetricOverrides.Dimensions;
import org.jspecify.annotations.Nullable;

/** Requests of one direction that there is no room to say anything else of. */
final class UnlabelledSeries {

  private final StandardMetrics metrics;
  private final String reporter;
  private @Nullable Dimensions dimensions;
  private @Nullable Series series;

  UnlabelledSeries(StandardMetrics metrics, String reporter) {
    this.metrics = metrics;
    this.reporter = reporter;
  }

  synchronized Series series(@Nullable MetricOverrides overrides) {
    Series known = series;
    if (known == null) {
      dimensions = overrides == null ? null : overrides.dimensions(null);
      known = metrics.take(StandardLabels.unknown(reporter), dimensions, null);
      series = known;
    }
    return known;
  }

  /** Takes them off the page. */
  synchronized void forget() {
    if (series != null) {
      series = null;
      metrics.release(StandardLabels.unknown(reporter), dimensions);
    }
  }
}
