package dev.weft.engine.upstream;

import dev.weft.engine.model.Cluster.LoadBalancing;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/** Picks among targets that are all fit to be picked; there is at least one. */
interface LoadBalancer {

  Target pick();

  static LoadBalancer of(
      LoadBalancing policy,
      Target[] targets,
      AtomicInteger position,
      Supplier<? extends RandomGenerator> random) {
    if (targets.length == 1) {
      Target only = targets[0];
      return () -> only;
    }
    boolean weighted = Arrays.stream(targets).mapToInt(Target::weight).distinct().count() > 1;
    return switch (policy) {
      case RANDOM -> () -> targets[random.get().nextInt(targets.length)];
      case ROUND_ROBIN ->
          weighted
              ? new WeightedRoundRobin(targets, position)
              : () ->
                  targets[Integer.remainderUnsigned(position.getAndIncrement(), targets.length)];
      case LEAST_REQUEST ->
          weighted ? new WeightedLeastRequest(targets, random) : new LeastRequest(targets, random);
    };
  }

  /** The less busy of two random choices, as Envoy's with equal weights. */
  final class LeastRequest implements LoadBalancer {

    private final Target[] targets;
    private final Supplier<? extends RandomGenerator> random;

    LeastRequest(Target[] targets, Supplier<? extends RandomGenerator> random) {
      this.targets = targets;
      this.random = random;
    }

    @Override
    public Target pick() {
      RandomGenerator generator = random.get();
      Target one = targets[generator.nextInt(targets.length)];
      Target other = targets[generator.nextInt(targets.length)];
      return other.activeRequests() < one.activeRequests() ? other : one;
    }
  }

  /**
   * Two choices, each with a chance by weight; the one with fewer requests for its weight. Idle
   * endpoints are chosen by weight, busy ones give way, as by Envoy's weights divided by active
   * requests, which need a scheduler under a lock.
   */
  final class WeightedLeastRequest implements LoadBalancer {

    private final Target[] targets;
    private final long[] upTo;
    private final Supplier<? extends RandomGenerator> random;

    WeightedLeastRequest(Target[] targets, Supplier<? extends RandomGenerator> random) {
      this.targets = targets;
      this.random = random;
      upTo = new long[targets.length];
      long sum = 0;
      for (int i = 0; i < targets.length; i++) {
        sum += targets[i].weight();
        upTo[i] = sum;
      }
    }

    @Override
    public Target pick() {
      RandomGenerator generator = random.get();
      Target one = byWeight(generator);
      Target other = byWeight(generator);
      long load = (long) one.activeRequests() * other.weight();
      return (long) other.activeRequests() * one.weight() < load ? other : one;
    }

    private Target byWeight(RandomGenerator generator) {
      long point = generator.nextLong(upTo[upTo.length - 1]);
      int found = Arrays.binarySearch(upTo, point + 1);
      return targets[found >= 0 ? found : -found - 1];
    }
  }

  /**
   * Smooth weighted round robin without a lock: gRPC's static stride scheduler (gRFC A58). Each
   * round offers a turn to every target; one with half of the highest weight takes every other.
   */
  final class WeightedRoundRobin implements LoadBalancer {

    private static final int FULL = 0xffff;

    private final Target[] targets;
    private final int[] weights;
    private final AtomicInteger position;

    WeightedRoundRobin(Target[] targets, AtomicInteger position) {
      this.targets = targets;
      this.position = position;
      int highest = Arrays.stream(targets).mapToInt(Target::weight).max().orElse(1);
      weights =
          Arrays.stream(targets)
              .mapToInt(target -> Math.max(1, (int) ((long) target.weight() * FULL / highest)))
              .toArray();
    }

    @Override
    public Target pick() {
      while (true) {
        long turn = Integer.toUnsignedLong(position.getAndIncrement());
        int index = (int) (turn % targets.length);
        long round = turn / targets.length;
        // Spread over the rounds: targets of equal weight don't all take the same ones.
        long offset = (long) (FULL / 2) * index;
        if ((weights[index] * round + offset) % FULL >= FULL - weights[index]) {
          return targets[index];
        }
      }
    }
  }
}
