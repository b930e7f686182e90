package dev.weft.engine;

import dev.weft.engine.spi.Timer;
import java.time.Duration;
import java.util.Comparator;
import java.util.PriorityQueue;

/** Time that stands still until a test lets it pass. For one thread. */
public final class VirtualTimer implements Timer {

  private final PriorityQueue<Task> tasks =
      new PriorityQueue<>(Comparator.comparingLong(Task::due).thenComparingLong(Task::sequence));
  // Close to the end of the scale: comparisons that don't expect it to wrap around fail.
  private long now = Long.MAX_VALUE - Duration.ofMillis(1).toNanos();
  private long passed;
  private long sequence;

  @Override
  public long nanoTime() {
    return now;
  }

  /** What {@link #currentTimeMillis} says; it does not pass. */
  public long epochMillis;

  @Override
  public long currentTimeMillis() {
    return epochMillis;
  }

  @Override
  public Runnable schedule(long delayNanos, Runnable task) {
    Task scheduled = new Task(passed + delayNanos, sequence++, task);
    tasks.add(scheduled);
    return () -> tasks.remove(scheduled);
  }

  /** Lets time pass, and runs what becomes due, in order and at its time. */
  public void pass(Duration time) {
    long until = passed + time.toNanos();
    for (Task next = tasks.peek(); next != null && next.due <= until; next = tasks.peek()) {
      tasks.remove();
      set(next.due);
      next.work.run();
    }
    set(until);
  }

  private void set(long when) {
    now += when - passed;
    passed = when;
  }

  /** How many tasks are neither run nor cancelled. */
  public int pending() {
    return tasks.size();
  }

  private record Task(long due, long sequence, Runnable work) {}
}
