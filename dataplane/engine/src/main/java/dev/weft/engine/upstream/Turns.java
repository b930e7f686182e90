package dev.weft.engine.upstream;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Smooth weighted round robin without a lock. Everybody has a part of a circle, as large as its
 * weight, and each turn goes on by the golden ratio of the circle: that hits every part as often as
 * it is large, at intervals that differ as little as can be (a Weyl sequence; the three-gap
 * theorem). A part of 1/n is never left out for as many as 2n turns.
 */
final class Turns {

  /** Of 2 to the power of 32; odd, so that all points are reached. */
  private static final int GOLDEN_RATIO = 0x9E3779B9;

  private static final double CIRCLE = 1L << 32;

  private final long[] upTo;
  private final AtomicInteger position;

  /**
   * @param weights at least one, all above 0
   * @param position where to begin; goes on with each turn
   */
  Turns(double[] weights, AtomicInteger position) {
    this.position = position;
    double whole = Arrays.stream(weights).sum();
    upTo = new long[weights.length];
    double sum = 0;
    for (int i = 0; i < weights.length; i++) {
      sum += weights[i];
      upTo[i] = (long) (sum / whole * CIRCLE);
    }
  }

  /** Whose turn it is. */
  int next() {
    long point = Integer.toUnsignedLong(position.getAndIncrement() * GOLDEN_RATIO);
    int found = Arrays.binarySearch(upTo, point);
    // Where one part ends the next begins.
    return Math.min(found >= 0 ? found + 1 : -found - 1, upTo.length - 1);
  }
}
