package dev.weft.engine.outbound;

import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Bounds the wait for something that may never come. The time runs from the first request that
 * waits, for all of them together: a control server that is away delays a workload once, not each
 * of its calls.
 */
final class Patience {

  private final long longestNanos;
  private final AtomicReference<@Nullable Long> deadline = new AtomicReference<>();

  Patience(long longestNanos) {
    this.longestNanos = longestNanos;
  }

  /** Begins the wait, if this is the first; 0 or less: it is over. */
  long remainingNanos(long now) {
    Long until = deadline.get();
    if (until == null) {
      deadline.compareAndSet(null, now + longestNanos);
      until = deadline.get();
    }
    return until == null ? longestNanos : until - now;
  }
}
