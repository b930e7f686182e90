package dev.weft.config.model;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * When and how often a request is sent again.
 *
 * @param attempts retries after the first attempt; 0: never
 * @param perTryTimeout null: none but the route's
 * @param backOff base of the growing wait between attempts; null: Envoy's 25 ms
 * @param on Envoy's names of conditions
 * @param statusCodes that {@code retriable-status-codes} means
 * @param avoidPreviousHosts whether a retry prefers endpoints not tried yet
 * @param remoteLocalities whether retries go on to localities of other priorities
 */
public record RetryPolicy(
    int attempts,
    @Nullable Duration perTryTimeout,
    @Nullable Duration backOff,
    List<String> on,
    List<Integer> statusCodes,
    boolean avoidPreviousHosts,
    boolean remoteLocalities) {

  /** Istio's: what applies to a route that says nothing of retries. */
  public static final RetryPolicy DEFAULT =
      new RetryPolicy(
          2,
          null,
          null,
          List.of(
              "connect-failure",
              "refused-stream",
              "unavailable",
              "cancelled",
              "retriable-status-codes"),
          List.of(503),
          true,
          false);

  public RetryPolicy {
    on = List.copyOf(on);
    statusCodes = List.copyOf(statusCodes);
  }
}
