package dev.weft.engine.model;

import java.time.Duration;
import java.util.Set;

/**
 * When an endpoint is taken out for a while: Envoy's OutlierDetection. Of each detector, {@code
 * enforcing} says how often of 100 times its finding leads to an ejection.
 *
 * @param interval at which rates are judged, and after which one ejection is forgotten
 * @param baseEjectionTime multiplied by the number of ejections that are not forgotten
 * @param maxEjectionTime the product is no more than that
 * @param maxEjectionTimeJitter a random time up to that is added
 * @param maxEjectionPercent of the cluster's endpoints that may be out at the same time
 * @param alwaysEjectOneHost one may be, whatever the percentage
 * @param splitLocalOriginErrors what fails without a response is counted apart, and doesn't count
 *     as a response of 503 or 504
 * @param errorCodes statuses that count as 500, beside those of 5xx (Istio's
 *     outlierDetectionHttpErrorCodes)
 * @param consecutive5xx responses; a gateway failure is one of 502, 503 and 504
 * @param consecutiveLocalOriginFailure with {@code splitLocalOriginErrors} only
 */
public record OutlierDetection(
    Duration interval,
    Duration baseEjectionTime,
    Duration maxEjectionTime,
    Duration maxEjectionTimeJitter,
    int maxEjectionPercent,
    boolean alwaysEjectOneHost,
    boolean splitLocalOriginErrors,
    Set<Integer> errorCodes,
    Consecutive consecutive5xx,
    Consecutive consecutiveGatewayFailure,
    Consecutive consecutiveLocalOriginFailure,
    SuccessRate successRate,
    FailurePercentage failurePercentage) {

  public OutlierDetection {
    errorCodes = Set.copyOf(errorCodes);
  }

  /** Where 5xx are errors, and nothing else. */
  public OutlierDetection(
      Duration interval,
      Duration baseEjectionTime,
      Duration maxEjectionTime,
      Duration maxEjectionTimeJitter,
      int maxEjectionPercent,
      boolean alwaysEjectOneHost,
      boolean splitLocalOriginErrors,
      Consecutive consecutive5xx,
      Consecutive consecutiveGatewayFailure,
      Consecutive consecutiveLocalOriginFailure,
      SuccessRate successRate,
      FailurePercentage failurePercentage) {
    this(
        interval,
        baseEjectionTime,
        maxEjectionTime,
        maxEjectionTimeJitter,
        maxEjectionPercent,
        alwaysEjectOneHost,
        splitLocalOriginErrors,
        Set.of(),
        consecutive5xx,
        consecutiveGatewayFailure,
        consecutiveLocalOriginFailure,
        successRate,
        failurePercentage);
  }

  /**
   * So many in a row.
   *
   * @param failures 0: never
   */
  public record Consecutive(int failures, int enforcing) {}

  /**
   * A success rate below the mean of all by more than some standard deviations.
   *
   * @param minimumHosts with the volume, or nobody is judged
   * @param requestVolume in an interval, or an endpoint isn't judged
   * @param stdevFactor in thousandths
   * @param enforcingLocalOrigin of the rate of requests that got a response, if split
   */
  public record SuccessRate(
      int minimumHosts,
      int requestVolume,
      int stdevFactor,
      int enforcing,
      int enforcingLocalOrigin) {}

  /**
   * A share of failures, in percent.
   *
   * @param minimumHosts with the volume, or nobody is judged
   * @param requestVolume in an interval, or an endpoint isn't judged
   */
  public record FailurePercentage(
      int threshold,
      int minimumHosts,
      int requestVolume,
      int enforcing,
      int enforcingLocalOrigin) {}

  /** Whether a response of that status is a failure. */
  public boolean isError(int status) {
    return (status >= 500 && status <= 599)
        || (!errorCodes.isEmpty() && errorCodes.contains(status));
  }

  /** Whether anything is judged interval by interval. */
  public boolean judgesRates() {
    return successRate.enforcing > 0
        || failurePercentage.enforcing > 0
        || (splitLocalOriginErrors
            && (successRate.enforcingLocalOrigin > 0
                || failurePercentage.enforcingLocalOrigin > 0));
  }
}
