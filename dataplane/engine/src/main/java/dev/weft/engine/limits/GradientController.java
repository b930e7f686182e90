package dev.weft.engine.limits;

import dev.weft.engine.model.AdaptiveConcurrency;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * Envoy's {@code GradientController}: every so often the limit is multiplied with the ratio of the
 * ideal time to the time that requests take, and given some headroom. The ideal time is measured
 * now and then, with few requests at once.
 *
 * <p>There are no timers: a window that is over is closed by the next request that begins or ends,
 * and while one thread closes it all others go on with what was.
 */
final class GradientController {

  /** Windows at the lowest limit after which the ideal time is no longer believed. */
  private static final int WINDOWS_AT_MIN = 5;

  private final AdaptiveConcurrency settings;
  private final AdaptiveConcurrency.MinRtt minRtt;
  private final Supplier<? extends RandomGenerator> random;
  private final AtomicBoolean closing = new AtomicBoolean();

  private volatile int limit;
  private volatile LatencyHistogram samples;

  /** Whether the ideal time is being measured. */
  private volatile boolean measuring;

  /** When the window is over; of no meaning while measuring. */
  private volatile long windowEnd;

  // Changed and read by who is closing.
  private long measureAt;
  private long idealMicros;
  private int limitBefore;
  private int windowsAtMin;

  GradientController(
      AdaptiveConcurrency settings, Supplier<? extends RandomGenerator> random, long now) {
    this.settings = settings;
    this.minRtt = settings.minRtt();
    this.random = random;
    limit = minRtt.minConcurrency();
    limitBefore = limit;
    samples = new LatencyHistogram(now);
    windowEnd = now + settings.updateInterval().toNanos();
    Duration fixed = minRtt.fixed();
    if (fixed == null) {
      measuring = true;
    } else {
      idealMicros = Math.max(1, TimeUnit.NANOSECONDS.toMicros(fixed.toNanos()));
    }
  }

  /** How many requests there may be. */
  int limit(long now) {
    if (isOver(now)) {
      close(now);
    }
    return limit;
  }

  /**
   * A request was completed.
   *
   * @param began before the window, and it is of no account
   */
  void sample(long began, long micros, long now) {
    LatencyHistogram current = samples;
    if (began - current.since < 0 && measuring) {
      return;
    }
    current.add(micros);
    if (isOver(now)) {
      close(now);
    }
  }

  private boolean isOver(long now) {
    return measuring ? samples.count() >= minRtt.requests() : now - windowEnd >= 0;
  }

  private void close(long now) {
    if (!closing.compareAndSet(false, true)) {
      return;
    }
    try {
      if (!isOver(now)) {
        return;
      }
      if (measuring) {
        measured(now);
      } else {
        windowOver(now);
      }
    } finally {
      closing.set(false);
    }
  }

  private void measured(long now) {
    idealMicros = samples.quantile(settings.percentile());
    limit = limitBefore;
    long interval = minRtt.interval().toNanos();
    measureAt = now + interval + (long) (interval * minRtt.jitter() * random.get().nextDouble());
    nextWindow(now);
    measuring = false;
  }

  private void windowOver(long now) {
    LatencyHistogram over = samples;
    if (over.count() > 0) {
      int before = limit;
      limit = next(before, over.quantile(settings.percentile()));
      boolean stuck = before == minRtt.minConcurrency() && limit == before;
      windowsAtMin = stuck ? windowsAtMin + 1 : 0;
    }
    nextWindow(now);
    boolean due = now - measureAt >= 0 || windowsAtMin >= WINDOWS_AT_MIN;
    if (minRtt.fixed() == null && due) {
      windowsAtMin = 0;
      limitBefore = limit;
      limit = minRtt.minConcurrency();
      measuring = true;
    }
  }

  private void nextWindow(long now) {
    samples = new LatencyHistogram(now);
    windowEnd = now + settings.updateInterval().toNanos();
  }

  private int next(int limit, long micros) {
    double gradient = idealMicros * (1 + minRtt.buffer()) / Math.max(1, micros);
    double scaled = limit * Math.max(0.5, Math.min(2, gradient));
    double withHeadroom = scaled + Math.sqrt(scaled);
    return (int)
        Math.max(
            minRtt.minConcurrency(), Math.min(settings.maxConcurrency(), Math.floor(withHeadroom)));
  }
}
