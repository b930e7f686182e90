package dev.weft.engine.spi;

/** The engine's only clock. Tests drive a virtual one. */
public interface Timer {

  /** Same scale as {@link System#nanoTime}. */
  long nanoTime();

  /**
   * Runs a short, non-blocking task once after the delay.
   *
   * @return cancels it
   */
  Runnable schedule(long delayNanos, Runnable task);
}
