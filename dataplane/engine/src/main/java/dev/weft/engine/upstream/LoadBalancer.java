package dev.weft.engine.upstream;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/** Picks among targets that are all fit to be picked; there is at least one. */
@FunctionalInterface
interface LoadBalancer {

  /**
   * @param hash of the request, for those that pick by it
   * @param attempt 0; more if what was picked for the same hash before is not wanted
   */
  Target pick(long hash, int attempt);

  /** Any, whatever its weight. */
  static LoadBalancer random(Target[] targets, Supplier<? extends RandomGenerator> random) {
    return (hash, attempt) -> targets[random.get().nextInt(targets.length)];
  }

  /** In turn; smoothly by weight, if weights differ. */
  static LoadBalancer roundRobin(Target[] targets, double[] weights, AtomicInteger position) {
    if (equal(weights)) {
      return (hash, attempt) ->
          targets[Integer.remainderUnsigned(position.getAndIncrement(), targets.length)];
    }
    Turns turns = new Turns(weights, position);
    return (hash, attempt) -> targets[turns.next()];
  }

  static boolean equal(double[] weights) {
    for (double weight : weights) {
      if (weight != weights[0]) {
        return false;
      }
    }
    return true;
  }
}
