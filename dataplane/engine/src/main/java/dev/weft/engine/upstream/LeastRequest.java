package dev.weft.engine.upstream;

import dev.weft.engine.model.LoadBalancing;
import java.util.Arrays;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/** Envoy's LEAST_REQUEST: the less busy of a few random choices. */
final class LeastRequest {

  private LeastRequest() {}

  static LoadBalancer of(
      LoadBalancing.LeastRequest policy,
      Target[] targets,
      double[] weights,
      Supplier<? extends RandomGenerator> random) {
    return LoadBalancer.equal(weights)
        ? new Unweighted(targets, policy.choices(), random)
        : new Weighted(targets, weights, policy, random);
  }

  private static final class Unweighted implements LoadBalancer {

    private final Target[] targets;
    private final int choices;
    private final Supplier<? extends RandomGenerator> random;

    Unweighted(Target[] targets, int choices, Supplier<? extends RandomGenerator> random) {
      this.targets = targets;
      this.choices = choices;
      this.random = random;
    }

    @Override
    public Target pick(long hash, int attempt) {
      RandomGenerator generator = random.get();
      Target least = targets[generator.nextInt(targets.length)];
      for (int i = 1; i < choices; i++) {
        Target other = targets[generator.nextInt(targets.length)];
        if (other.activeRequests() < least.activeRequests()) {
          least = other;
        }
      }
      return least;
    }
  }

  /**
   * Two choices, each with a chance by weight; the one with fewer requests for its weight. Idle
   * endpoints are chosen by weight, busy ones give way, as by Envoy's weights divided by active
   * requests, which need a scheduler under a lock.
   */
  private static final class Weighted implements LoadBalancer {

    private final Target[] targets;
    private final double[] weights;
    private final double[] upTo;
    private final double bias;
    private final Supplier<? extends RandomGenerator> random;

    Weighted(
        Target[] targets,
        double[] weights,
        LoadBalancing.LeastRequest policy,
        Supplier<? extends RandomGenerator> random) {
      this.targets = targets;
      this.weights = weights;
      this.random = random;
      bias = policy.activeRequestBias();
      upTo = weights.clone();
      // Not Arrays.parallelPrefix: that is done on, and waits for, the application's common pool.
      for (int i = 1; i < upTo.length; i++) {
        upTo[i] += upTo[i - 1];
      }
    }

    @Override
    public Target pick(long hash, int attempt) {
      RandomGenerator generator = random.get();
      int one = byWeight(generator);
      if (bias == 0) {
        return targets[one];
      }
      int other = byWeight(generator);
      return load(other) * weights[one] < load(one) * weights[other]
          ? targets[other]
          : targets[one];
    }

    private double load(int index) {
      int active = targets[index].activeRequests();
      return bias == 1 ? active : Math.pow(active, bias);
    }

    private int byWeight(RandomGenerator generator) {
      double point = generator.nextDouble() * upTo[upTo.length - 1];
      int found = Arrays.binarySearch(upTo, point);
      // At the very end of a share the next one begins.
      return Math.min(found >= 0 ? found + 1 : -found - 1, targets.length - 1);
    }
  }
}
