package dev.weft.engine.upstream;

import dev.weft.engine.model.CircuitBreakers;
import dev.weft.engine.model.CircuitBreakers.RetryBudget;
import dev.weft.engine.spi.Timer;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * What counts against a cluster's limits: requests under way and retries, those waited for
 * included. As in Envoy a limit may be exceeded by what was under way when it was lowered.
 */
final class CircuitBreaker {

  private final AtomicInteger requests = new AtomicInteger();
  private final AtomicInteger retries = new AtomicInteger();
  private final Timer timer;

  /** Where a budget has an interval. */
  private volatile @Nullable RecentRequests recent;

  CircuitBreaker(Timer timer) {
    this.timer = timer;
  }

  boolean acquireRequest(CircuitBreakers limits) {
    return !countsRequests(limits) || acquire(requests, limits.maxRequests());
  }

  void releaseRequest(CircuitBreakers limits) {
    if (countsRequests(limits)) {
      requests.decrementAndGet();
      RetryBudget budget = limits.retryBudget();
      if (budget != null && !budget.interval().isZero()) {
        recent(budget).ended(timer.nanoTime());
      }
    }
  }

  private static boolean countsRequests(CircuitBreakers limits) {
    return limits.maxRequests() != Integer.MAX_VALUE || limits.retryBudget() != null;
  }

  boolean acquireRetry(CircuitBreakers limits) {
    return acquire(retries, mostRetries(limits));
  }

  private int mostRetries(CircuitBreakers limits) {
    RetryBudget budget = limits.retryBudget();
    return budget == null
        ? limits.maxRetries()
        : (int) Math.max(budget.percent() / 100 * considered(budget), budget.minimum());
  }

  private int considered(RetryBudget budget) {
    return budget.interval().isZero()
        ? requests.get()
        : requests.get() + recent(budget).count(timer.nanoTime());
  }

  private RecentRequests recent(RetryBudget budget) {
    RecentRequests known = recent;
    if (known == null || !known.interval.equals(budget.interval())) {
      known = new RecentRequests(budget.interval(), timer.nanoTime());
      recent = known;
    }
    return known;
  }

  /** Whether there would be no further request. */
  boolean breaksRequests(CircuitBreakers limits) {
    return countsRequests(limits) && requests.get() >= limits.maxRequests();
  }

  /** Whether there would be no further retry. */
  boolean breaksRetries(CircuitBreakers limits) {
    return retries.get() >= mostRetries(limits);
  }

  void releaseRetry() {
    retries.decrementAndGet();
  }

  private static boolean acquire(AtomicInteger count, int limit) {
    int now;
    do {
      now = count.get();
      if (now >= limit) {
        return false;
      }
    } while (!count.compareAndSet(now, now + 1));
    return true;
  }
}
