package dev.weft.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class SystemTimerTest {

  private final SystemTimer timer = new SystemTimer();

  @Test
  @Timeout(10)
  void runsTasksOnADaemonThreadInOrderOfTime() throws InterruptedException {
    CountDownLatch last = new CountDownLatch(1);
    Queue<String> order = new ConcurrentLinkedQueue<>();
    long start = timer.nanoTime();
    boolean[] daemon = {false};
    timer.schedule(
        TimeUnit.MILLISECONDS.toNanos(30),
        () -> {
          order.add("b");
          daemon[0] = Thread.currentThread().isDaemon();
          last.countDown();
        });
    timer.schedule(TimeUnit.MILLISECONDS.toNanos(5), () -> order.add("a"));
    timer.schedule(TimeUnit.MILLISECONDS.toNanos(1), () -> order.add("cancelled")).run();
    last.await();
    // A timer thread that ran early, or ran what was cancelled, shows here.
    assertThat(order).containsExactly("a", "b");
    assertThat(daemon[0]).isTrue();
    assertThat(Duration.ofNanos(timer.nanoTime() - start))
        .isGreaterThanOrEqualTo(Duration.ofMillis(30));
  }
}
