package dev.weft.config.model;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * As many requests at once as are answered about as fast as when there are few, by Envoy's gradient
 * controller. Percentages are from 0 to 100; what is null is as by Envoy.
 *
 * @param updateInterval between changes of the limit
 * @param minRtt the ideal time, measured anew so often
 * @param fixedMinRtt the ideal time; null: it is measured
 * @param requests how many make a measurement
 * @param jitter by which {@code minRtt} is longer at most
 * @param buffer by which a time may be longer and still count as ideal
 * @param status of the answer to requests beyond the limit
 */
public record AdaptiveConcurrency(
    @Nullable Integer minConcurrency,
    @Nullable Integer maxConcurrency,
    @Nullable Double percentile,
    Duration updateInterval,
    Duration minRtt,
    @Nullable Duration fixedMinRtt,
    @Nullable Integer requests,
    @Nullable Double jitter,
    @Nullable Double buffer,
    @Nullable Integer status) {}
