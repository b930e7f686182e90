package dev.weft.engine.upstream;

import dev.weft.engine.model.Cluster.OutlierDetection;
import dev.weft.engine.spi.Timer;
import dev.weft.engine.upstream.EndpointState.Standing;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One cluster's run-time state, and its outlier detection: Envoy's consecutive-5xx detector without
 * {@code split_external_local_origin_errors}, so that connect failures, resets and timeouts count
 * as 5xx. Ejections end by the clock, looked at when the next endpoint is picked; Envoy looks every
 * {@code interval}.
 */
final class ClusterState {

  /** Envoy's default {@code max_ejection_time}. */
  private static final Duration MAX_EJECTION_TIME = Duration.ofMinutes(5);

  /** Requests that count against the cluster's limit. */
  final AtomicInteger limitedRequests = new AtomicInteger();

  /** The load balancer's place. */
  final AtomicInteger position;

  private final AtomicInteger ejected = new AtomicInteger();

  /** Counts changes of the set of ejected endpoints. */
  private final AtomicInteger version = new AtomicInteger();

  private volatile EndpointState[] endpoints = {};

  ClusterState(int position) {
    this.position = new AtomicInteger(position);
  }

  int version() {
    return version.get();
  }

  int ejected() {
    return ejected.get();
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

  void report(EndpointState endpoint, int status, OutlierDetection detection, Timer timer) {
    if (status < 500 || status > 599) {
      endpoint.succeeded();
    } else if (endpoint.failed(detection.consecutive5xx())) {
      long now = timer.nanoTime();
      releaseDue(now);
      eject(endpoint, detection, now);
      endpoint.forgetFailures();
    }
  }

  private void eject(EndpointState endpoint, OutlierDetection detection, long now) {
    Standing before = endpoint.standing();
    if (before.ejected() || before.removed() || !reserve(detection)) {
      return;
    }
    int times = remembered(before, detection, now) + 1;
    long base = detection.baseEjectionTime().toNanos();
    long longest = Math.max(MAX_EJECTION_TIME.toNanos(), base);
    long time = base > longest / times ? longest : base * times;
    if (endpoint.change(before, Standing.out(times, now + time))) {
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

  /** Takes one of the places that {@code max_ejection_percent} leaves; the first is always free. */
  private boolean reserve(OutlierDetection detection) {
    int count = endpoints.length;
    int percent = Math.min(100, detection.maxEjectionPercent());
    int taken;
    do {
      taken = ejected.get();
      if (taken > 0 && 100L * (taken + 1) > (long) percent * count) {
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
