package dev.weft.engine.upstream;

import dev.weft.engine.model.CircuitBreakers;
import dev.weft.engine.model.CircuitBreakers.RetryBudget;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What counts against a cluster's limits: requests under way and retries, those waited for
 * included. As in Envoy a limit may be exceeded by what was under way when it was lowered.
 */
final class CircuitBreaker {

  private final AtomicInteger requests = new AtomicInteger();
  private final AtomicInteger retries = new AtomicInteger();

  boolean acquireRequest(CircuitBreakers limits) {
    return !countsRequests(limits) || acquire(requests, limits.maxRequests());
  }

  void releaseRequest(CircuitBreakers limits) {
    if (countsRequests(limits)) {
      requests.decrementAndGet();
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
        : (int) Math.max(budget.percent() / 100 * requests.get(), budget.minimum());
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
