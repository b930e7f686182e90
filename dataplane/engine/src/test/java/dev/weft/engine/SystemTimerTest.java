package dev.weft.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
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

  /** Whether its thread rests, collects or runs something, when they are scheduled. */
  @Test
  void runsAllOfManyThreadsInTime() throws Exception {
    int threads = 4;
    int each = 20_000;
    AtomicInteger early = new AtomicInteger();
    LongAdder ran = new LongAdder();
    List<Callable<@Nullable Void>> schedulers =
        Collections.nCopies(
            threads,
            () -> {
              for (int i = 0; i < each; i++) {
                long delay =
                    TimeUnit.MICROSECONDS.toNanos(ThreadLocalRandom.current().nextInt(9_000));
                long due = timer.nanoTime() + delay;
                timer.schedule(
                    delay,
                    () -> {
                      if (timer.nanoTime() - due < 0) {
                        early.incrementAndGet();
                      }
                      ran.increment();
                    });
                timer.schedule(TimeUnit.HOURS.toNanos(1), early::incrementAndGet).run();
              }
              return null;
            });
    ExecutorService executor = Executors.newFixedThreadPool(threads);
    try {
      for (Future<?> done : executor.invokeAll(schedulers)) {
        done.get();
      }
    } finally {
      executor.shutdown();
    }
    CountDownLatch last = new CountDownLatch(1);
    timer.schedule(TimeUnit.MILLISECONDS.toNanos(20), last::countDown);
    last.await();

    assertThat(ran.sum()).isEqualTo((long) threads * each);
    assertThat(early).hasValue(0);
  }

  /** Clients may name any delay; times are told apart by their difference. */
  @Test
  void theLongestDelayHoldsUpNothing() throws InterruptedException {
    CountDownLatch scheduled = new CountDownLatch(1);
    timer.schedule(0, () -> awaitQuietly(scheduled));
    CountDownLatch due = new CountDownLatch(1);
    timer.schedule(0, due::countDown);
    Runnable cancel = timer.schedule(Long.MAX_VALUE, () -> {});
    scheduled.countDown();

    due.await();

    assertThat(due.getCount()).isZero();
    cancel.run();
  }

  @Test
  void aTaskThatThrowsHarmsNoOther() throws InterruptedException {
    CountDownLatch ran = new CountDownLatch(1);
    timer.schedule(
        0,
        () -> {
          Thread.currentThread().interrupt();
          throw new AssertionError("of a task");
        });
    timer.schedule(TimeUnit.MILLISECONDS.toNanos(2), ran::countDown);

    ran.await();

    assertThat(ran.getCount()).isZero();
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
