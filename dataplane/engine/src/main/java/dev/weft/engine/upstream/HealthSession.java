package dev.weft.engine.upstream;

import dev.weft.engine.model.Cluster;
import dev.weft.engine.model.HealthCheck;
import dev.weft.engine.model.HealthCheck.Intervals;
import dev.weft.engine.spi.Timer;
import dev.weft.engine.upstream.HealthProbe.Finding;
import java.time.Duration;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Asks one endpoint again and again, and knows from that whether it is healthy (Envoy's
 * ActiveHealthCheckSession). One thing happens at a time: a pause, or a check.
 */
final class HealthSession {

  /** Whoever wants to know. */
  @FunctionalInterface
  interface Listener {

    /** A check has ended; the endpoint's state is as it says. */
    void checked(EndpointState endpoint, boolean passed, boolean changed);
  }

  /**
   * What all sessions of a cluster share.
   *
   * @param traffic whether the cluster has ever been used
   */
  record Surrounding(
      Timer timer,
      Supplier<? extends RandomGenerator> random,
      BooleanSupplier traffic,
      Listener listener) {}

  private final Cluster cluster;
  private final Target target;
  private final EndpointState endpoint;
  private final HealthCheck check;
  private final HealthProbe probe;
  private final Surrounding surrounding;

  private int passed;
  private int failed;
  private boolean first = true;
  private volatile @Nullable Runnable pause;
  private volatile boolean closed;

  HealthSession(
      Cluster cluster,
      Target target,
      HealthCheck check,
      HealthProbe probe,
      Surrounding surrounding) {
    this.cluster = cluster;
    this.target = target;
    this.endpoint = target.state;
    this.check = check;
    this.probe = probe;
    this.surrounding = surrounding;
  }

  /** Whether another one would do the same. */
  boolean isOf(HealthCheck other, Target otherTarget) {
    return check.equals(other)
        && target.plaintext().equals(otherTarget.plaintext())
        && Objects.equals(target.secured(), otherTarget.secured());
  }

  void start() {
    long jitter = upTo(check.initialJitter().toNanos());
    if (jitter == 0) {
      ask();
    } else {
      askAfter(jitter);
    }
  }

  void close() {
    closed = true;
    Runnable waiting = pause;
    if (waiting != null) {
      waiting.run();
    }
  }

  private void askAfter(long nanos) {
    if (!closed) {
      pause = surrounding.timer().schedule(nanos, this::ask);
      if (closed) {
        close(); // meanwhile, and without knowing of this pause
      }
    }
  }

  private void ask() {
    if (!closed) {
      var unused = probe.ask(cluster, target, check).thenAccept(this::found);
    }
  }

  private void found(Finding finding) {
    if (closed) {
      return;
    }
    boolean well = finding == Finding.WELL;
    boolean before = endpoint.failedHealthCheck;
    boolean pending = well ? pass() : fail(finding);
    first = false;
    surrounding.listener().checked(endpoint, well, before != endpoint.failedHealthCheck);
    askAfter(interval(well, pending));
  }

  /** Whether more must pass before it is healthy. */
  private boolean pass() {
    failed = 0;
    if (!endpoint.failedHealthCheck) {
      return false;
    }
    if (first || ++passed == check.healthyThreshold()) {
      passed = 0;
      endpoint.failedHealthCheck = false;
      return false;
    }
    return true;
  }

  /** Whether more must fail before it is unhealthy. */
  private boolean fail(Finding finding) {
    passed = 0;
    if (endpoint.failedHealthCheck) {
      return false;
    }
    if (finding == Finding.ILL || ++failed == check.unhealthyThreshold()) {
      failed = 0;
      endpoint.failedHealthCheck = true;
      return false;
    }
    return true;
  }

  private long interval(boolean well, boolean pending) {
    Intervals intervals = check.intervals();
    Duration base;
    if (!surrounding.traffic().getAsBoolean()) {
      base = well ? intervals.noTrafficHealthy() : intervals.noTraffic();
    } else if (well) {
      base = pending ? intervals.healthyEdge() : intervals.healthy();
    } else {
      base = pending ? intervals.unhealthyEdge() : intervals.unhealthy();
    }
    long nanos = base.toNanos();
    return nanos
        + upTo(nanos / 100 * intervals.jitterPercent())
        + upTo(intervals.jitter().toNanos());
  }

  /** Exclusive. */
  private long upTo(long bound) {
    return bound <= 0 ? 0 : surrounding.random().get().nextLong(bound);
  }
}
