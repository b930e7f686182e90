package dev.weft.xds;

import java.util.function.DoubleSupplier;

/**
 * How long to wait before the next attempt: from 0.2 s, growing by 1.6 up to 10 s, each ± 20 %, so
 * that the clients of a server that restarts don't come all at once.
 */
final class Backoff {

  private static final double FIRST_MILLIS = 200;
  private static final double MAX_MILLIS = 10_000;
  private static final double GROWTH = 1.6;
  private static final double JITTER = 0.2;

  private final DoubleSupplier random;
  private double millis = FIRST_MILLIS;

  /**
   * @param random from 0 to 1
   */
  Backoff(DoubleSupplier random) {
    this.random = random;
  }

  long nextMillis() {
    double jittered = millis * (1 - JITTER + 2 * JITTER * random.getAsDouble());
    millis = Math.min(MAX_MILLIS, millis * GROWTH);
    return Math.round(jittered);
  }

  void reset() {
    millis = FIRST_MILLIS;
  }
}
