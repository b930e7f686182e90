package dev.weft.instrumentation.executors;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weft.engine.Deadline;
import dev.weft.engine.RequestContext;
import dev.weft.engine.TraceContext;
import dev.weft.instrumentation.weaver.Catalog;
import dev.weft.instrumentation.weaver.Weaver;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.PriorityBlockingQueue;
import java.util.concurrent.RecursiveTask;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import net.bytebuddy.agent.ByteBuddyAgent;
import org.assertj.core.api.ThrowingConsumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** java.util.concurrent itself, woven in this JVM after it was loaded. */
class ExecutorsTest {

  private static final RequestContext REQUEST =
      new RequestContext(
          new TraceContext("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331", true, ""),
          Deadline.NONE);

  private final ExecutorService pool = Executors.newSingleThreadExecutor();

  @BeforeAll
  static void weave() throws Exception {
    Weaver.install(
        ByteBuddyAgent.install(),
        ExecutorsTest.class.getClassLoader(),
        Catalog.of(List.of(new ExecutorsInstrumentation())));
    // java.util.concurrent is woven in the background.
    await()
        .atMost(30, SECONDS)
        .until(
            () -> {
              RequestContext before = RequestContext.swap(REQUEST);
              try {
                ExecutorService probe = Executors.newSingleThreadExecutor();
                boolean seen = REQUEST.equals(probe.submit(ExecutorsTest::current).get());
                probe.shutdown();
                ForkJoinPool forkJoin = new ForkJoinPool(1);
                seen &= REQUEST.equals(forkJoin.submit(ExecutorsTest::current).get());
                forkJoin.shutdown();
                return seen
                    && REQUEST.equals(CompletableFuture.supplyAsync(ExecutorsTest::current).get())
                    && dependentSees();
              } finally {
                RequestContext.swap(before);
              }
            });
  }

  private static boolean dependentSees() throws Exception {
    CompletableFuture<String> source = new CompletableFuture<>();
    CompletableFuture<@Nullable RequestContext> dependent = source.thenApply(value -> current());
    Thread completer = new Thread(() -> source.complete("done"));
    completer.start();
    completer.join();
    return REQUEST.equals(dependent.get());
  }

  @BeforeEach
  void enter() {
    RequestContext.swap(REQUEST);
  }

  @AfterEach
  void leave() {
    RequestContext.swap(null);
    pool.shutdownNow();
  }

  @Test
  void aPoolsThreadWorksForTheRequestAndOnlyForIt() throws Exception {
    assertThat(pool.submit(ExecutorsTest::current).get()).isSameAs(REQUEST);
    RequestContext.swap(null);
    assertThat(pool.submit(ExecutorsTest::current).get()).isNull();
  }

  @Test
  void aTaskStaysItselfInTheQueue() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    ThreadPoolExecutor one = new ThreadPoolExecutor(1, 1, 1, SECONDS, new LinkedBlockingQueue<>());
    try {
      one.execute(() -> awaitQuietly(release));
      Runnable queued = () -> {};
      one.execute(queued);

      assertThat(one.getQueue()).containsExactly(queued);
      assertThat(one.remove(queued)).isTrue();
    } finally {
      release.countDown();
      one.shutdown();
    }
  }

  @Test
  void aPriorityQueueComparesTheApplicationsOwnTasks() throws Exception {
    record Ranked(int rank, CompletableFuture<@Nullable RequestContext> seen)
        implements Runnable, Comparable<Ranked> {
      @Override
      public void run() {
        seen.complete(current());
      }

      @Override
      public int compareTo(Ranked other) {
        return Integer.compare(rank, other.rank);
      }
    }
    ThreadPoolExecutor one =
        new ThreadPoolExecutor(1, 1, 1, SECONDS, new PriorityBlockingQueue<>());
    try {
      Ranked first = new Ranked(1, new CompletableFuture<>());
      one.execute(new Ranked(2, new CompletableFuture<>()));
      one.execute(first);

      assertThat(first.seen().get()).isSameAs(REQUEST);
    } finally {
      one.shutdown();
    }
  }

  @Test
  void aRejectionHandlerGetsTheApplicationsOwnTask() {
    AtomicReference<Runnable> rejected = new AtomicReference<>();
    ThreadPoolExecutor closed =
        new ThreadPoolExecutor(
            1, 1, 1, SECONDS, new LinkedBlockingQueue<>(), (task, from) -> rejected.set(task));
    closed.shutdown();
    Runnable task = () -> {};

    closed.execute(task);

    assertThat(rejected).hasValue(task);
  }

  @Test
  void aScheduledTaskWorksForTheRequestThatScheduledIt() throws Exception {
    ScheduledExecutorService scheduler = Executors.newScheduledThreadPool(1);
    try {
      assertThat(scheduler.schedule(ExecutorsTest::current, 1, MILLISECONDS).get())
          .isSameAs(REQUEST);
    } finally {
      scheduler.shutdown();
    }
  }

  @Test
  void aDependentWorksForTheRequestThatMadeItWhoeverCompletes() throws Exception {
    assertThat(dependentSees()).isTrue();
  }

  @Test
  void aDependentHandedToAnExecutorThatNobodyKnowsWorksForTheRequestToo() throws Exception {
    CompletableFuture<String> source = new CompletableFuture<>();
    CompletableFuture<@Nullable RequestContext> dependent =
        source.thenApplyAsync(value -> current(), task -> new Thread(task).start());
    RequestContext.swap(null);

    source.complete("done");

    assertThat(dependent.get()).isEqualTo(REQUEST);
  }

  @Test
  void aDependentOfTwoWorksForTheRequestWhicheverComesLast() throws Exception {
    CompletableFuture<String> one = new CompletableFuture<>();
    CompletableFuture<String> other = new CompletableFuture<>();
    CompletableFuture<@Nullable RequestContext> dependent =
        one.thenCombine(other, (a, b) -> current());
    RequestContext.swap(null);

    one.complete("first");
    other.complete("last");

    assertThat(dependent.get()).isEqualTo(REQUEST);
  }

  @Test
  void aForkedTaskWorksForTheRequest() {
    RecursiveTask<Boolean> parent =
        new RecursiveTask<>() {
          private static final long serialVersionUID = 1;

          @Override
          protected Boolean compute() {
            RequestContext.swap(REQUEST);
            RecursiveTask<Boolean> child =
                new RecursiveTask<>() {
                  private static final long serialVersionUID = 1;

                  @Override
                  protected Boolean compute() {
                    return REQUEST.equals(current());
                  }
                };
            child.fork();
            RequestContext.swap(null);
            return child.join();
          }
        };
    ForkJoinPool forkJoin = new ForkJoinPool(2);
    try {
      assertThat(forkJoin.invoke(parent)).isTrue();
    } finally {
      forkJoin.shutdown();
    }
  }

  /** Has a pool run a task. */
  private interface Entry {
    void run(ForkJoinPool pool, Runnable task) throws Exception;
  }

  static Stream<Arguments> entriesOfAForkJoinPool() {
    Map<String, Entry> entries = new LinkedHashMap<>();
    entries.put("submit(Runnable)", (pool, task) -> pool.submit(task).get());
    entries.put("submit(Callable)", (pool, task) -> pool.submit(Executors.callable(task)).get());
    entries.put(
        "submit(ForkJoinTask)", (pool, task) -> pool.submit(ForkJoinTask.adapt(task)).get());
    entries.put("execute(Runnable)", ForkJoinPool::execute);
    entries.put("execute(ForkJoinTask)", (pool, task) -> pool.execute(ForkJoinTask.adapt(task)));
    entries.put("invoke", (pool, task) -> pool.invoke(ForkJoinTask.adapt(task)));
    entries.put("invokeAll", (pool, task) -> pool.invokeAll(List.of(Executors.callable(task))));
    entries.put("invokeAny", (pool, task) -> pool.invokeAny(List.of(Executors.callable(task, ""))));
    entries.put("runAsync", (pool, task) -> CompletableFuture.runAsync(task, pool).get());
    entries.put(
        "runAsync, delayed",
        (pool, task) ->
            CompletableFuture.runAsync(
                    task, CompletableFuture.delayedExecutor(1, MILLISECONDS, pool))
                .get());
    entries.put(
        "schedule",
        (pool, task) -> {
          // A pool can since JDK 25.
          if ((Object) pool instanceof ScheduledExecutorService scheduler) {
            scheduler.schedule(task, 1, MILLISECONDS).get();
          } else {
            pool.execute(task);
          }
        });
    return entries.entrySet().stream().map(it -> Arguments.of(it.getKey(), it.getValue()));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("entriesOfAForkJoinPool")
  void aForkJoinPoolWorksForTheRequestAndOnlyForIt(String name, Entry entry) throws Exception {
    ForkJoinPool forkJoin = new ForkJoinPool(2);
    try {
      assertThat(seen(task -> entry.run(forkJoin, task))).isSameAs(REQUEST);
      assertThat(seen(task -> entry.run(ForkJoinPool.commonPool(), task))).isSameAs(REQUEST);
      RequestContext.swap(null);
      assertThat(seen(task -> entry.run(forkJoin, task))).isNull();
    } finally {
      forkJoin.shutdown();
    }
  }

  private static @Nullable RequestContext seen(ThrowingConsumer<Runnable> runs) throws Exception {
    CompletableFuture<@Nullable RequestContext> seen = new CompletableFuture<>();
    runs.accept(() -> seen.complete(current()));
    return seen.get(30, SECONDS);
  }

  @Test
  void aTaskOfCompletableFuturesHandedOnByATimerWorksForTheRequest() throws Exception {
    assertThat(
            CompletableFuture.supplyAsync(
                    ExecutorsTest::current,
                    CompletableFuture.delayedExecutor(1, MILLISECONDS, pool))
                .get())
        .isSameAs(REQUEST);
  }

  @Test
  @EnabledForJreRange(min = JRE.JAVA_21, disabledReason = "no virtual threads before 21")
  void aVirtualThreadWorksForTheRequest() throws Exception {
    // By name: this is compiled for 17.
    ExecutorService virtual =
        (ExecutorService) Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
    assertThat(virtual.submit(ExecutorsTest::current).get()).isSameAs(REQUEST);
    RequestContext.swap(null);
    assertThat(virtual.submit(ExecutorsTest::current).get()).isNull();
    virtual.shutdown();
  }

  private static @Nullable RequestContext current() {
    return RequestContext.current();
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
