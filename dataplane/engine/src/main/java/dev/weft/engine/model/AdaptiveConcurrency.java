package dev.weft.engine.model;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Envoy's gradient controller (extensions.filters.http.adaptive_concurrency.v3): as many requests
 * at once as are answered about as fast as when there are few.
 *
 * @param percentile of the samples that stands for them all, 0 to 1
 * @param maxConcurrency {@code max_concurrency_limit}
 * @param updateInterval {@code concurrency_update_interval}
 * @param minRtt how the ideal time is found
 * @param status of the answer to requests beyond the limit
 */
public record AdaptiveConcurrency(
    String name,
    double percentile,
    int maxConcurrency,
    Duration updateInterval,
    MinRtt minRtt,
    int status)
    implements RequestLimit {

  /**
   * @param fixed not measured; null: measured
   * @param interval between measurements
   * @param requests how many make a measurement
   * @param jitter the share of the interval by which it is longer at most
   * @param minConcurrency the limit while it is measured, and the lowest that there ever is
   * @param buffer the share by which a time may be longer and still count as ideal
   */
  public record MinRtt(
      @Nullable Duration fixed,
      Duration interval,
      int requests,
      double jitter,
      int minConcurrency,
      double buffer) {}
}
