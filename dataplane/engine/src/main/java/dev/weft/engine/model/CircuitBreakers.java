package dev.weft.engine.model;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Limits of a cluster (Envoy's CircuitBreakers.Thresholds); Integer.MAX_VALUE: no limit.
 *
 * @param maxRequests under way at the same time
 * @param maxRetries waited for or under way at the same time; without meaning if there is a budget
 */
public record CircuitBreakers(int maxRequests, int maxRetries, @Nullable RetryBudget retryBudget) {

  public static final CircuitBreakers NONE =
      new CircuitBreakers(Integer.MAX_VALUE, Integer.MAX_VALUE, null);

  /**
   * Retries at the same time, relative to what is under way.
   *
   * @param percent of the active requests
   * @param minimum that many may always be
   * @param interval requests that have ended within it count as if they were active; may be 0
   */
  public record RetryBudget(double percent, int minimum, Duration interval) {

    /** Of the active requests alone. */
    public RetryBudget(double percent, int minimum) {
      this(percent, minimum, Duration.ZERO);
    }
  }
}
