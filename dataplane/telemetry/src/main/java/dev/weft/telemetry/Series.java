package dev.weft.telemetry;

import io.prometheus.metrics.core.datapoints.CounterDataPoint;
import io.prometheus.metrics.core.datapoints.DistributionDataPoint;
import org.jspecify.annotations.Nullable;

/** What requests that look alike are counted by. A metric that isn't reported is null. */
record Series(
    @Nullable CounterDataPoint requests,
    @Nullable DistributionDataPoint durations,
    @Nullable DistributionDataPoint requestBytes,
    @Nullable DistributionDataPoint responseBytes,
    @Nullable CounterDataPoint more) {

  private static final double NANOS_PER_MILLISECOND = 1e6;

  /**
   * @param received of the request's body, bytes; -1 if that isn't known
   * @param sent of the response's body
   */
  void count(long durationNanos, long received, long sent) {
    if (requests != null) {
      requests.inc();
    }
    if (durations != null) {
      durations.observe(durationNanos / NANOS_PER_MILLISECOND);
    }
    if (requestBytes != null && received >= 0) {
      requestBytes.observe((double) received);
    }
    if (responseBytes != null && sent >= 0) {
      responseBytes.observe((double) sent);
    }
    if (more != null) {
      more.inc();
    }
  }
}
