package dev.weft.telemetry;

import io.prometheus.metrics.core.datapoints.CounterDataPoint;
import io.prometheus.metrics.core.datapoints.DistributionDataPoint;
import org.jspecify.annotations.Nullable;

/** What requests that look alike are counted by. */
record Series(
    CounterDataPoint requests, DistributionDataPoint durations, @Nullable CounterDataPoint more) {

  private static final double NANOS_PER_MILLISECOND = 1e6;

  void count(long durationNanos) {
    requests.inc();
    durations.observe(durationNanos / NANOS_PER_MILLISECOND);
    if (more != null) {
      more.inc();
    }
  }
}
