package dev.weft.engine.upstream;

import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/** What is known of one endpoint of one cluster from the requests sent to it. */
final class EndpointState {

  final AtomicInteger activeRequests = new AtomicInteger();
  private final AtomicInteger consecutiveFailures = new AtomicInteger();
  private final AtomicReference<Standing> standing = new AtomicReference<>(Standing.FRESH);

  /** Counts a failure; true for the one that completes a row of {@code threshold}. */
  boolean failed(int threshold) {
    return consecutiveFailures.incrementAndGet() == threshold;
  }

  void succeeded() {
    if (consecutiveFailures.get() != 0) {
      consecutiveFailures.set(0);
    }
  }

  Standing standing() {
    return Objects.requireNonNull(standing.get());
  }

  boolean change(Standing from, Standing to) {
    if (!standing.compareAndSet(from, to)) {
      return false;
    }
    consecutiveFailures.set(0);
    return true;
  }

  /** Forgets the row of failures without a change of standing. */
  void forgetFailures() {
    consecutiveFailures.set(0);
  }

  /** The endpoint left its cluster; it can't be ejected any more. */
  Standing remove() {
    return Objects.requireNonNull(standing.getAndSet(Standing.REMOVED));
  }

  /**
   * Whether an endpoint may be chosen.
   *
   * @param removed it left its cluster
   * @param times how many ejections count towards the length of the next (Envoy's eject-time
   *     back-off)
   * @param until if out, when it comes back; if in, when it last came back
   */
  record Standing(boolean ejected, boolean removed, int times, long until) {
    static final Standing FRESH = new Standing(false, false, 0, 0);
    static final Standing REMOVED = new Standing(false, true, 0, 0);

    static Standing out(int times, long until) {
      return new Standing(true, false, times, until);
    }

    Standing back() {
      return new Standing(false, false, times, until);
    }

    boolean due(long now) {
      return ejected && now - until >= 0;
    }
  }
}
