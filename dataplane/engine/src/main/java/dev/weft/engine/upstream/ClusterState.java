package dev.weft.engine.upstream;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/** One cluster's run-time state. */
final class ClusterState {

  final CircuitBreaker breaker = new CircuitBreaker();
  final OutlierDetector outliers;

  /** The load balancer's place, where there is one. */
  final AtomicInteger position;

  ClusterState(long now, Supplier<? extends RandomGenerator> random) {
    outliers = new OutlierDetector(now, random);
    position = new AtomicInteger(random.get().nextInt());
  }
}
