package dev.weft.engine.upstream;

import dev.weft.engine.model.OutlierDetection;
import dev.weft.engine.upstream.EndpointState.Rate;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.ObjIntConsumer;

/**
 * Who stands out among a cluster's endpoints by its rate of successes in an interval: Envoy's
 * success rate and failure percentage detectors.
 */
final class RateOutliers {

  private RateOutliers() {}

  /**
   * @param rate which of an endpoint's to look at
   * @param bySuccessRate how often of 100 times that is enforced, as is the next
   * @param byRate gets each that stands out by its success rate, with that number
   * @param byFailures the same by failure percentage; one may be found by both
   */
  static void of(
      EndpointState[] endpoints,
      Function<EndpointState, Rate> rate,
      OutlierDetection detection,
      int bySuccessRate,
      int byFailurePercentage,
      ObjIntConsumer<EndpointState> byRate,
      ObjIntConsumer<EndpointState> byFailures) {
    var successRate = detection.successRate();
    var failures = detection.failurePercentage();
    List<EndpointState> judged = new ArrayList<>();
    double sum = 0;
    List<EndpointState> others = new ArrayList<>();
    for (EndpointState endpoint : endpoints) {
      int volume = rate.apply(endpoint).volume();
      if (volume == 0 || endpoint.standing().ejected()) {
        continue;
      }
      if (volume >= successRate.requestVolume()) {
        judged.add(endpoint);
        sum += rate.apply(endpoint).successRate();
      }
      if (volume >= failures.requestVolume()) {
        others.add(endpoint);
      }
    }
    if (bySuccessRate > 0 && !judged.isEmpty() && judged.size() >= successRate.minimumHosts()) {
      double limit = limit(judged, rate, sum, successRate.stdevFactor() / 1000.0);
      for (EndpointState endpoint : judged) {
        if (rate.apply(endpoint).successRate() < limit) {
          byRate.accept(endpoint, bySuccessRate);
        }
      }
    }
    if (byFailurePercentage > 0 && !others.isEmpty() && others.size() >= failures.minimumHosts()) {
      for (EndpointState endpoint : others) {
        if (100 - rate.apply(endpoint).successRate() >= failures.threshold()) {
          byFailures.accept(endpoint, byFailurePercentage);
        }
      }
    }
  }

  private static double limit(
      List<EndpointState> judged, Function<EndpointState, Rate> rate, double sum, double factor) {
    double mean = sum / judged.size();
    double variance = 0;
    for (EndpointState endpoint : judged) {
      double deviation = rate.apply(endpoint).successRate() - mean;
      variance += deviation * deviation;
    }
    return mean - factor * Math.sqrt(variance / judged.size());
  }
}
