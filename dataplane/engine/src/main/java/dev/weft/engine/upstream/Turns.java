package dev.weft.engine.upstream;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Smooth weighted round robin without a lock: gRPC's static stride scheduler (gRFC A58). Each round
 * offers a turn to everybody; one with half of the highest weight takes every other.
 */
final class Turns {

  private static final int FULL = 0xffff;

  private final int[] weights;
  private final AtomicInteger position;

  /**
   * @param weights at least one, all above 0
   * @param position where to begin; goes on with each turn
   */
  Turns(double[] weights, AtomicInteger position) {
    this.position = position;
    double highest = Arrays.stream(weights).max().orElse(1);
    this.weights =
        Arrays.stream(weights)
            .mapToInt(weight -> Math.max(1, (int) (weight * FULL / highest)))
            .toArray();
  }

  /** Whose turn it is. */
  int next() {
    while (true) {
      long turn = Integer.toUnsignedLong(position.getAndIncrement());
      int index = (int) (turn % weights.length);
      long round = turn / weights.length;
      // Spread over the rounds: those of equal weight don't all take the same ones.
      long offset = (long) (FULL / 2) * index;
      if ((weights[index] * round + offset) % FULL >= FULL - weights[index]) {
        return index;
      }
    }
  }
}
