package dev.weft.engine.outbound;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.engine.Engine;
import dev.weft.engine.EngineFixture;
import dev.weft.engine.FakeRequest;
import dev.weft.engine.HeaderEdits;
import dev.weft.engine.HeaderSource;
import dev.weft.engine.Model;
import dev.weft.engine.RequestContext;
import dev.weft.engine.ResponseFlag;
import dev.weft.engine.ScriptedClient;
import dev.weft.engine.SystemTimer;
import dev.weft.engine.inbound.InboundRequest;
import dev.weft.engine.inbound.MutualTlsMode;
import dev.weft.engine.model.Endpoint;
import dev.weft.engine.model.RetryPolicy;
import dev.weft.engine.model.Route;
import dev.weft.engine.model.RouteTable;
import dev.weft.engine.model.RouteTable.VirtualHost;
import dev.weft.engine.outbound.Attempt.Failure;
import dev.weft.engine.outbound.OutboundStep.Done;
import dev.weft.engine.outbound.OutboundStep.Pass;
import dev.weft.engine.outbound.OutboundStep.Respond;
import dev.weft.engine.outbound.OutboundStep.Send;
import dev.weft.engine.outbound.OutboundStep.Wait;
import dev.weft.engine.spi.ConfigurationSource;
import dev.weft.engine.spi.Surroundings;
import dev.weft.engine.spi.Telemetry;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Thousands of calls whose attempts are answered, broken, timed out, hedged and cancelled by
 * several threads at once, in real time: each ends, once, and leaves nothing counted behind.
 */
class CallConcurrencyTest {

  private static final int CALLS = 4000;
  private static final int LIMIT = CALLS * 4;

  private final ScheduledExecutorService carriers = Executors.newScheduledThreadPool(4);
  private final Counting telemetry = new Counting();

  @AfterEach
  void stop() {
    carriers.shutdownNow();
  }

  @Test
  @Timeout(60)
  void everyCallEndsOnce() {
    Engine engine =
        new Engine(
            new Surroundings(
                new NothingToAskFor(),
                new EngineFixture().engine.tls(),
                new ScriptedClient(),
                telemetry,
                new SystemTimer(),
                ThreadLocalRandom::current),
            MutualTlsMode.PERMISSIVE,
            Duration.ZERO);
    RetryPolicy retry = Model.retry(3, Duration.ofMillis(2), "5xx");
    configure(engine, Model.forward("c", Duration.ofMillis(8), retry));
    CompletableFuture<?>[] results = new CompletableFuture<?>[CALLS];
    for (int i = 0; i < CALLS; i++) {
      if (i == CALLS / 2) {
        configure(
            engine,
            Model.forward("c", Duration.ofMillis(8), Model.hedging(retry, Duration.ofMillis(1))));
      }
      OutboundCall call = Objects.requireNonNull(engine.outbound(new FakeRequest()));
      CompletableFuture<OutboundStep> result = new CompletableFuture<>();
      results[i] = result;
      carriers.execute(() -> drive(call, result));
      if (i % 7 == 0) {
        later(call::cancelled);
      }
    }
    CompletableFuture.allOf(results).join();
    Awaitility.await()
        .untilAsserted(
            () -> {
              assertThat(telemetry.callsEnded).hasValue(CALLS);
              assertThat(telemetry.attemptsEnded).hasValue(telemetry.attempts.get());
            });
    assertThat(telemetry.twice).hasValue(0);
    // Nothing is counted as active any more: the whole limit is free.
    configure(engine, Model.forward("c"));
    for (int i = 0; i < LIMIT; i++) {
      OutboundCall call = Objects.requireNonNull(engine.outbound(new FakeRequest()));
      assertThat(call.next()).isInstanceOf(Send.class);
    }
    assertThat(Objects.requireNonNull(engine.outbound(new FakeRequest())).next())
        .isInstanceOf(Respond.class);
  }

  private static void configure(Engine engine, Route.Forward action) {
    engine.update(
        EngineFixture.snapshot(
            new RouteTable(
                "t",
                List.of(new VirtualHost("v", List.of("*"), List.of(Model.route("r", action))))),
            Model.with(Model.cluster("c", 1001, 1002, 1003), LIMIT)));
  }

  private void drive(OutboundCall call, CompletableFuture<OutboundStep> result) {
    OutboundStep step = call.next();
    while (step instanceof Send send) {
      carry(send.attempt());
      step = call.next();
    }
    if (step instanceof Wait wait) {
      var unused = wait.until().whenCompleteAsync((x, failure) -> drive(call, result), carriers);
    } else if (step instanceof Done || step instanceof Respond || step instanceof Pass) {
      result.complete(step);
    }
  }

  private void carry(Attempt attempt) {
    attempt.onAbort(() -> attempt.failed(Failure.ABORTED, new IOException("aborted")));
    switch (ThreadLocalRandom.current().nextInt(4)) {
      case 0 -> later(() -> attempt.failed(Failure.CONNECT, new IOException("refused")));
      case 1 -> later(() -> attempt.responded(503, HeaderSource.NONE), attempt::completed);
      case 2 ->
          later(
              () -> attempt.responded(200, HeaderSource.NONE),
              () -> attempt.failed(Failure.RESET, new IOException("reset")));
      default -> later(() -> attempt.responded(200, HeaderSource.NONE), attempt::completed);
    }
  }

  private void later(Runnable... events) {
    long at = 0;
    for (Runnable event : events) {
      at += ThreadLocalRandom.current().nextLong(TimeUnit.MILLISECONDS.toNanos(3));
      var unused = carriers.schedule(event, at, TimeUnit.NANOSECONDS);
    }
  }

  private static final class NothingToAskFor implements ConfigurationSource {
    @Override
    public CompletionStage<?> demand(String listener) {
      return CompletableFuture.completedFuture(null);
    }

    @Override
    public CompletionStage<?> namesKnown() {
      return CompletableFuture.completedFuture(null);
    }
  }

  private static final class Counting implements Telemetry {
    final AtomicInteger attempts = new AtomicInteger();
    final AtomicInteger attemptsEnded = new AtomicInteger();
    final AtomicInteger callsEnded = new AtomicInteger();
    final AtomicInteger twice = new AtomicInteger();

    @Override
    public OutboundObservation outbound(OutboundRequest request, @Nullable RequestContext parent) {
      AtomicInteger ended = new AtomicInteger();
      return new OutboundObservation() {
        @Override
        public AttemptObservation attempt(
            int number,
            String routeName,
            String clusterName,
            Endpoint endpoint,
            boolean mutualTls) {
          attempts.incrementAndGet();
          return new CountingAttempt();
        }

        @Override
        public void ended(
            int status,
            ResponseFlag flag,
            @Nullable String routeName,
            @Nullable String clusterName,
            @Nullable Endpoint endpoint,
            boolean mutualTls,
            @Nullable String peerId) {
          count(ended, callsEnded);
        }
      };
    }

    private void count(AtomicInteger ended, AtomicInteger all) {
      if (ended.incrementAndGet() > 1) {
        twice.incrementAndGet();
      }
      all.incrementAndGet();
    }

    @Override
    public InboundObservation inbound(InboundRequest request) {
      throw new UnsupportedOperationException();
    }

    private final class CountingAttempt implements AttemptObservation {
      private final AtomicInteger ended = new AtomicInteger();

      @Override
      public HeaderEdits requestHeaders() {
        return HeaderEdits.NONE;
      }

      @Override
      public void responded(int status, HeaderSource headers) {
        if (ended.get() > 0) {
          twice.incrementAndGet();
        }
      }

      @Override
      public void ended(@Nullable Throwable failure, ResponseFlag flag) {
        count(ended, attemptsEnded);
      }
    }
  }
}
