package dev.weft.engine;

import dev.weft.engine.spi.Timer;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** The system's clock, and one daemon thread, which starts with the first task. */
public final class SystemTimer implements Timer {

  private final ScheduledThreadPoolExecutor executor;

  public SystemTimer() {
    executor =
        new ScheduledThreadPoolExecutor(
            1,
            task -> {
              // It inherits nothing of whichever application thread happens to come first.
              Thread thread = new Thread(null, task, "weft-timer", 0, false);
              thread.setDaemon(true);
              thread.setContextClassLoader(SystemTimer.class.getClassLoader());
              return thread;
            });
    executor.setRemoveOnCancelPolicy(true);
  }

  @Override
  public long nanoTime() {
    return System.nanoTime();
  }

  @Override
  public long currentTimeMillis() {
    return System.currentTimeMillis();
  }

  @Override
  public Runnable schedule(long delayNanos, Runnable task) {
    Future<?> scheduled = executor.schedule(task, delayNanos, TimeUnit.NANOSECONDS);
    return () -> scheduled.cancel(false);
  }
}
