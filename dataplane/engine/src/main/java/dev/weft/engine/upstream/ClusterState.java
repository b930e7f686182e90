package dev.weft.engine.upstream;

import dev.weft.engine.spi.Timer;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/** One cluster's run-time state. */
final class ClusterState {

  final CircuitBreaker breaker = new CircuitBreaker();
  final OutlierDetector outliers;
  final ActiveHealth health;

  /** Empty unless answers are to be kept. */
  final AnswerStore answers = new AnswerStore();

  /** Whether a request was ever sent to it. */
  volatile boolean used;

  private final Timer timer;

  /** The load balancer's place, where there is one. */
  final AtomicInteger position;

  ClusterState(HealthProbe probe, Timer timer, Supplier<? extends RandomGenerator> random) {
    outliers = new OutlierDetector(timer.nanoTime(), random);
    health = new ActiveHealth(probe, timer, random, () -> used, this::checked);
    position = new AtomicInteger(random.get().nextInt());
    this.timer = timer;
  }

  private void checked(EndpointState endpoint, boolean passed, boolean changed) {
    if (changed) {
      outliers.changed();
    }
    if (passed && !endpoint.failedHealthCheck) {
      outliers.takeBack(endpoint, timer.nanoTime());
    }
  }
}
