package dev.weft.demo.process;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;

/** Waits for a condition, looking often and saying what it waited for when it gives up. */
public final class Await {

  private static final Duration INTERVAL = Duration.ofMillis(20);

  /** Thrown by a condition that can't come true any more: ends the wait at once. */
  public static final class Hopeless extends IllegalStateException {
    private static final long serialVersionUID = 1;

    public Hopeless(String message) {
      super(message);
    }
  }

  private Await() {}

  /**
   * @param condition an exception counts as "not yet", unless it is {@link Hopeless}
   * @return how long it took
   * @throws IllegalStateException if it never held
   */
  public static Duration until(String what, Duration atMost, Callable<Boolean> condition) {
    return until(what, atMost, INTERVAL, condition);
  }

  /**
   * As {@link #until(String, Duration, Callable)}.
   *
   * @param interval from one look to the next
   */
  public static Duration until(
      String what, Duration atMost, Duration interval, Callable<Boolean> condition) {
    long start = System.nanoTime();
    Exception last = null;
    while (true) {
      try {
        if (condition.call()) {
          return Duration.ofNanos(System.nanoTime() - start);
        }
      } catch (Hopeless e) {
        throw e;
      } catch (Exception e) {
        last = e;
      }
      if (System.nanoTime() - start > atMost.toNanos()) {
        throw new IllegalStateException("not within " + atMost.toSeconds() + " s: " + what, last);
      }
      LockSupport.parkNanos(interval.toNanos());
    }
  }
}
