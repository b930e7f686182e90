package dev.weft.engine.spi;

/** The engine's only clock. Tests drive a virtual one. */
public interface Timer {

  /** Same scale as {@link System#nanoTime}. */
  long nanoTime();

  /** Since 1970, for people to read. */
  long currentTimeMillis();

  /**
   * Runs a short, non-blocking task once after the delay.
   *
   * @return cancels it
   */
  Runnable schedule(long delayNanos, Runnable task);
}
