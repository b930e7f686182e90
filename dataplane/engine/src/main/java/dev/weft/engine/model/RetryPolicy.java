package dev.weft.engine.model;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Envoy's RetryPolicy.
 *
 * @param on conditions by Envoy's names, e.g. {@code connect-failure}
 * @param retries tries beyond the first
 * @param perTryTimeout null: none
 * @param backOffBase Envoy's default is 25 ms; each retry waits a random time below base × (2^n −
 *     1)
 * @param backOffMax Envoy's default is 10 × base
 * @param retriableStatusCodes for {@code retriable-status-codes}
 * @param retriableHeaders for {@code retriable-headers}: a response that has any of them
 * @param retriableRequestHeaders if there are any, only requests that have one of them are retried
 * @param avoidPreviousHosts Istio's default: another endpoint for a retry, if there is one
 * @param otherPrioritiesEvery retry_priority previous_priorities' update_frequency: after so many
 *     attempts, and as many again, those that follow go to priorities that were not tried, as long
 *     as there are any; 0: never
 * @param hedgeOnPerTryTimeout of the route's hedge_policy: an attempt goes on beyond its per-try
 *     timeout, with the retry beside it, and the first good response wins
 */
public record RetryPolicy(
    Set<String> on,
    int retries,
    @Nullable Duration perTryTimeout,
    Duration backOffBase,
    Duration backOffMax,
    Set<Integer> retriableStatusCodes,
    List<HeaderMatch> retriableHeaders,
    List<HeaderMatch> retriableRequestHeaders,
    boolean avoidPreviousHosts,
    int otherPrioritiesEvery,
    boolean hedgeOnPerTryTimeout) {

  /** Of one that doesn't mind priorities. */
  public RetryPolicy(
      Set<String> on,
      int retries,
      @Nullable Duration perTryTimeout,
      Duration backOffBase,
      Duration backOffMax,
      Set<Integer> retriableStatusCodes,
      List<HeaderMatch> retriableHeaders,
      List<HeaderMatch> retriableRequestHeaders,
      boolean avoidPreviousHosts,
      boolean hedgeOnPerTryTimeout) {
    this(
        on,
        retries,
        perTryTimeout,
        backOffBase,
        backOffMax,
        retriableStatusCodes,
        retriableHeaders,
        retriableRequestHeaders,
        avoidPreviousHosts,
        0,
        hedgeOnPerTryTimeout);
  }

  public RetryPolicy {
    on = Set.copyOf(on);
    retriableStatusCodes = Set.copyOf(retriableStatusCodes);
    retriableHeaders = List.copyOf(retriableHeaders);
    retriableRequestHeaders = List.copyOf(retriableRequestHeaders);
  }
}
