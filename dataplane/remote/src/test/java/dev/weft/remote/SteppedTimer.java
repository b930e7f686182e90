package dev.weft.remote;

import dev.weft.engine.spi.Timer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Time that stands still until a test lets it pass. For several threads. */
final class SteppedTimer implements Timer {

  private record Task(long due, Runnable work) {}

  private final List<Task> tasks = new ArrayList<>();
  // So that it wraps around before long.
  private long now = Long.MAX_VALUE - Duration.ofSeconds(5).toNanos();

  @Override
  public synchronized long nanoTime() {
    return now;
  }

  @Override
  public long currentTimeMillis() {
    return 0;
  }

  @Override
  public synchronized Runnable schedule(long delayNanos, Runnable work) {
    Task task = new Task(now + delayNanos, work);
    tasks.add(task);
    return () -> cancel(task);
  }

  private synchronized void cancel(Task task) {
    tasks.remove(task);
  }

  synchronized int pending() {
    return tasks.size();
  }

  void pass(Duration time) {
    List<Task> due = new ArrayList<>();
    synchronized (this) {
      now += time.toNanos();
      for (Task task : tasks) {
        if (task.due - now <= 0) {
          due.add(task);
        }
      }
      tasks.removeAll(due);
    }
    due.sort(Comparator.comparingLong(task -> task.due - nanoTime()));
    due.forEach(task -> task.work.run());
  }
}
