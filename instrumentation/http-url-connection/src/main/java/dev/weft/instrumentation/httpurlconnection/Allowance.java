package dev.weft.instrumentation.httpurlconnection;

import java.util.concurrent.TimeUnit;

/**
 * What is left of one of the application's timeouts: however often and however long the mesh tries,
 * the application gets its exception when it would without.
 */
final class Allowance {

  private static final long MILLI = TimeUnit.MILLISECONDS.toNanos(1);

  private final long wholeNanos;
  private long leftNanos;

  /**
   * @param millis none, if not positive: there is no end to it
   */
  Allowance(int millis) {
    wholeNanos = millis * MILLI;
    leftNanos = wholeNanos;
  }

  boolean isEndless() {
    return wholeNanos <= 0;
  }

  /** Takes from it the time since then, by {@link System#nanoTime}. */
  void spendSince(long then) {
    leftNanos -= System.nanoTime() - then;
  }

  boolean isSpent() {
    return !isEndless() && leftNanos <= 0;
  }

  boolean isBegun() {
    return !isEndless() && leftNanos < wholeNanos;
  }

  long leftNanos() {
    return leftNanos;
  }

  /** Rounded up, so that it is spent when that is over; never 0. Not of an endless one. */
  int leftMillis() {
    return (int) Math.max(1, (leftNanos + MILLI - 1) / MILLI);
  }

  /** The lesser of a bound and what is left, in milliseconds. */
  int within(long millis) {
    long bound = isEndless() ? millis : Math.min(millis, leftMillis());
    return (int) Math.min(Math.max(bound, 1), Integer.MAX_VALUE);
  }
}
