package dev.weft.engine.upstream;

import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/** What is known of one endpoint of one cluster from the requests sent to it. */
final class EndpointState {

  final AtomicInteger activeRequests = new AtomicInteger();

  /** Failures in a row. */
  final Row row5xx = new Row();

  final Row rowGateway = new Row();
  final Row rowLocalOrigin = new Row();

  /** Of responses; without a split of local origin errors, of everything. */
  final Rate responses = new Rate();

  final Rate localOrigin = new Rate();

  /** Empty unless the cluster is balanced by it. */
  final ReportedWeight reported = new ReportedWeight();

  private final AtomicReference<Standing> standing = new AtomicReference<>(Standing.FRESH);

  /** Of active health checks; false where there are none. */
  volatile boolean failedHealthCheck;

  /** Written when configuration changes only: whether health checks of it have ever begun. */
  boolean everChecked;

  /** Written when configuration changes only. */
  private volatile long since;

  private volatile boolean everHealthy;

  /** Its configuration calls it healthy; the first time is when it begins to warm up. */
  void healthy(long now) {
    if (!everHealthy) {
      since = now;
      everHealthy = true;
    }
  }

  /** When it became healthy first. */
  long since() {
    return since;
  }

  Standing standing() {
    return Objects.requireNonNull(standing.get());
  }

  boolean change(Standing from, Standing to) {
    if (!standing.compareAndSet(from, to)) {
      return false;
    }
    row5xx.end();
    rowGateway.end();
    rowLocalOrigin.end();
    return true;
  }

  /** The endpoint left its cluster; it can't be ejected any more. */
  Standing remove() {
    return Objects.requireNonNull(standing.getAndSet(Standing.REMOVED));
  }

  /** Failures, one after another. */
  static final class Row {
    private final AtomicInteger length = new AtomicInteger();

    /** Counts a failure; true for the one that completes a row of {@code threshold}. */
    boolean completes(int threshold) {
      return length.incrementAndGet() == threshold;
    }

    void end() {
      if (length.get() != 0) {
        length.set(0);
      }
    }
  }

  /** Successes among all, in an interval. */
  static final class Rate {
    private final AtomicInteger total = new AtomicInteger();
    private final AtomicInteger successes = new AtomicInteger();

    void count(boolean success) {
      if (success) {
        successes.incrementAndGet();
      }
      total.incrementAndGet();
    }

    int volume() {
      return total.get();
    }

    /** In percent. */
    double successRate() {
      return 100.0 * successes.get() / total.get();
    }

    void clear() {
      successes.set(0);
      total.set(0);
    }
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
