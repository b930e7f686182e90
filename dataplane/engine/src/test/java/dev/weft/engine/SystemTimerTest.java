package dev.weft.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class SystemTimerTest {

  private final SystemTimer timer = new SystemTimer();

  @Test
  void runsTasksInOrderOfTimeAndNoneThatWasCancelled() throws InterruptedException {
    // The timer's one thread is held until all is scheduled, so that nothing runs before that.
    CountDownLatch scheduled = new CountDownLatch(1);
    timer.schedule(0, () -> awaitQuietly(scheduled));
    CountDownLatch last = new CountDownLatch(1);
    Queue<String> order = new ConcurrentLinkedQueue<>();
    timer.schedule(TimeUnit.HOURS.toNanos(1), () -> order.add("in an hour"));
    timer.schedule(0, () -> order.add("now"));
    timer.schedule(0, () -> order.add("cancelled")).run();
    timer.schedule(TimeUnit.MILLISECONDS.toNanos(1), last::countDown);
    scheduled.countDown();

    last.await();

    assertThat(order).containsExactly("now");
  }

  @Test
  void runsThemOnADaemonThread() throws InterruptedException {
    CountDownLatch ran = new CountDownLatch(1);
    boolean[] daemon = {false};
    timer.schedule(
        0,
        () -> {
          daemon[0] = Thread.currentThread().isDaemon();
          ran.countDown();
        });

    ran.await();

    assertThat(daemon[0]).isTrue();
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
