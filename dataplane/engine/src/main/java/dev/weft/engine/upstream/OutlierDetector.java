package dev.weft.engine.upstream;

import dev.weft.engine.model.OutlierDetection;
import dev.weft.engine.model.OutlierDetection.Consecutive;
import dev.weft.engine.spi.Timer;
import dev.weft.engine.upstream.EndpointState.Rate;
import dev.weft.engine.upstream.EndpointState.Row;
import dev.weft.engine.upstream.EndpointState.Standing;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * One cluster's outlier detection, after Envoy's. Ejections end, and intervals are over, by the
 * clock, looked at when something is reported or picked; Envoy looks every {@code interval}.
 */
final class OutlierDetector {

  private final Supplier<? extends RandomGenerator> random;
  private final ClusterCounters counters;
  private final AtomicInteger ejected = new AtomicInteger();

  /** Counts changes of the set of ejected endpoints. */
  private final AtomicInteger version = new AtomicInteger();

  private final AtomicLong intervalBegan = new AtomicLong();
  private volatile EndpointState[] endpoints = {};

  OutlierDetector(long now, Supplier<? extends RandomGenerator> random, ClusterCounters counters) {
    this.random = random;
    this.counters = counters;
    intervalBegan.set(now);
  }

  /** How many are out. */
  int ejected() {
    return ejected.get();
  }

  int version() {
    return version.get();
  }

  /** Something else than ejections has changed what can be picked. */
  void changed() {
    version.incrementAndGet();
  }

  /** Active health checks know better (Envoy's successful_active_health_check_uneject_host). */
  void takeBack(EndpointState endpoint, long now) {
    Standing standing = endpoint.standing();
    if (standing.ejected()
        && endpoint.change(standing, new Standing(false, false, standing.times(), now))) {
      ejected.decrementAndGet();
      changed();
    }
  }

  /** The cluster's endpoints from now on; those no longer among them no longer count. */
  void replaceEndpoints(EndpointState[] now, Iterable<EndpointState> gone) {
    endpoints = now;
    for (EndpointState endpoint : gone) {
      if (endpoint.remove().ejected()) {
        ejected.decrementAndGet();
      }
    }
    version.incrementAndGet();
  }

  /** A response, or what counts as one. */
  void responded(EndpointState endpoint, int status, OutlierDetection detection, Timer timer) {
    boolean failed = detection.isError(status);
    count(endpoint.responses, !failed, detection, timer);
    if (!failed) {
      endpoint.row5xx.end();
      endpoint.rowGateway.end();
      return;
    }
    if (status >= 502 && status <= 504) {
      inARow(
          endpoint,
          endpoint.rowGateway,
          Outlier.CONSECUTIVE_GATEWAY_FAILURE,
          detection.consecutiveGatewayFailure(),
          detection,
          timer);
    } else {
      endpoint.rowGateway.end();
    }
    inARow(
        endpoint,
        endpoint.row5xx,
        Outlier.CONSECUTIVE_5XX,
        detection.consecutive5xx(),
        detection,
        timer);
  }

  /** There was a connection. */
  void connected(EndpointState endpoint, OutlierDetection detection, Timer timer) {
    if (detection.splitLocalOriginErrors()) {
      count(endpoint.localOrigin, true, detection, timer);
      endpoint.rowLocalOrigin.end();
    }
  }

  /**
   * There is no response.
   *
   * @param status which one Envoy counts in its place, unless such failures are counted apart
   */
  void failed(EndpointState endpoint, int status, OutlierDetection detection, Timer timer) {
    if (!detection.splitLocalOriginErrors()) {
      responded(endpoint, status, detection, timer);
      return;
    }
    count(endpoint.localOrigin, false, detection, timer);
    inARow(
        endpoint,
        endpoint.rowLocalOrigin,
        Outlier.CONSECUTIVE_LOCAL_ORIGIN_FAILURE,
        detection.consecutiveLocalOriginFailure(),
        detection,
        timer);
  }

  /** Where rates are judged; it is the same counters for all threads. */
  private void count(Rate rate, boolean success, OutlierDetection detection, Timer timer) {
    if (detection.judgesRates()) {
      judgeIfDue(detection, timer.nanoTime());
      rate.count(success);
    }
  }

  private void inARow(
      EndpointState endpoint,
      Row row,
      Outlier outlier,
      Consecutive limit,
      OutlierDetection detection,
      Timer timer) {
    if (row.completes(limit.failures())) {
      long now = timer.nanoTime();
      releaseDue(now);
      eject(endpoint, outlier, limit.enforcing(), detection, now);
      row.end();
    }
  }

  /** When the interval is over, in ns. */
  long intervalEnds(OutlierDetection detection) {
    return intervalBegan.get() + Math.max(1, detection.interval().toNanos());
  }

  /** Looks at the rates of the interval that is over, if one is. */
  void judgeIfDue(OutlierDetection detection, long now) {
    if (!detection.judgesRates()) {
      return;
    }
    long began = intervalBegan.get();
    if (now - began < detection.interval().toNanos() || !intervalBegan.compareAndSet(began, now)) {
      return;
    }
    releaseDue(now);
    EndpointState[] all = endpoints;
    RateOutliers.of(
        all,
        endpoint -> endpoint.responses,
        detection,
        detection.successRate().enforcing(),
        detection.failurePercentage().enforcing(),
        (endpoint, enforcing) -> eject(endpoint, Outlier.SUCCESS_RATE, enforcing, detection, now),
        (endpoint, enforcing) ->
            eject(endpoint, Outlier.FAILURE_PERCENTAGE, enforcing, detection, now));
    if (detection.splitLocalOriginErrors()) {
      RateOutliers.of(
          all,
          endpoint -> endpoint.localOrigin,
          detection,
          detection.successRate().enforcingLocalOrigin(),
          detection.failurePercentage().enforcingLocalOrigin(),
          (endpoint, enforcing) ->
              eject(endpoint, Outlier.LOCAL_ORIGIN_SUCCESS_RATE, enforcing, detection, now),
          (endpoint, enforcing) ->
              eject(endpoint, Outlier.LOCAL_ORIGIN_FAILURE_PERCENTAGE, enforcing, detection, now));
    }
    for (EndpointState endpoint : all) {
      endpoint.responses.clear();
      endpoint.localOrigin.clear();
    }
  }

  private void eject(
      EndpointState endpoint,
      Outlier outlier,
      int enforcing,
      OutlierDetection detection,
      long now) {
    Standing before = endpoint.standing();
    if (before.ejected() || before.removed()) {
      return;
    }
    counters.count(outlier.detected);
    if (enforcing < 100 && random.get().nextInt(100) >= enforcing) {
      return;
    }
    if (!reserve(detection)) {
      counters.count(ClusterCounter.OUTLIER_DETECTION_EJECTIONS_OVERFLOW);
      return;
    }
    int times = remembered(before, detection, now) + 1;
    long base = detection.baseEjectionTime().toNanos();
    long longest = detection.maxEjectionTime().toNanos();
    long time = base > longest / times ? longest : base * times;
    Duration jitter = detection.maxEjectionTimeJitter();
    if (!jitter.isZero()) {
      time += random.get().nextLong(jitter.toNanos() + 1);
    }
    // Envoy stops counting where it makes no difference.
    int counted = base > 0 && times > longest / base + 1 ? times - 1 : times;
    if (endpoint.change(before, Standing.out(counted, now + time))) {
      counters.count(ClusterCounter.OUTLIER_DETECTION_EJECTIONS_ENFORCED_TOTAL);
      counters.count(outlier.enforced);
      version.incrementAndGet();
    } else {
      ejected.decrementAndGet();
    }
  }

  /** Envoy forgets one ejection for each interval that the endpoint has been back. */
  private static int remembered(Standing standing, OutlierDetection detection, long now) {
    if (standing.times() == 0) {
      return 0;
    }
    long intervals = (now - standing.until()) / Math.max(1, detection.interval().toNanos());
    return (int) Math.max(0, standing.times() - intervals);
  }

  /** Takes one of the places that {@code max_ejection_percent} leaves. */
  private boolean reserve(OutlierDetection detection) {
    int count = endpoints.length;
    int percent = Math.min(100, detection.maxEjectionPercent());
    int taken;
    do {
      taken = ejected.get();
      boolean free = taken == 0 && detection.alwaysEjectOneHost();
      if (!free && 100L * (taken + 1) > (long) percent * count) {
        return false;
      }
    } while (!ejected.compareAndSet(taken, taken + 1));
    return true;
  }

  /** Takes back the endpoints whose time is over. */
  void releaseDue(long now) {
    if (ejected.get() == 0) {
      return;
    }
    for (EndpointState endpoint : endpoints) {
      Standing standing = endpoint.standing();
      if (standing.due(now) && endpoint.change(standing, standing.back())) {
        ejected.decrementAndGet();
        version.incrementAndGet();
      }
    }
  }
}
