package dev.weft.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LoadTest {

  private final AtomicInteger requests = new AtomicInteger();
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private HttpServer server;

  @BeforeEach
  void serve() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 64);
    server.setExecutor(threads);
    answer("/fixed", 200, false, () -> {});
    answer("/chunked", 200, true, () -> {});
    answer("/broken", 503, false, () -> {});
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
    threads.shutdownNow();
  }

  private interface Before {
    void answering() throws InterruptedException;
  }

  private void answer(String path, int status, boolean chunked, Before before) {
    byte[] body = "sixteen bytes...".getBytes(StandardCharsets.US_ASCII);
    server.createContext(
        path,
        exchange -> {
          try (exchange) {
            before.answering();
            requests.incrementAndGet();
            exchange.sendResponseHeaders(status, chunked ? 0 : body.length);
            exchange.getResponseBody().write(body);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
  }

  private Load load(String path) {
    return new Load(server.getAddress().getPort(), path);
  }

  @Test
  void countsWhatWasAnswered() throws InterruptedException {
    Load.Throughput done = load("/fixed").saturate(3, Duration.ofMillis(200));
    assertThat(done.requests()).isPositive().isEqualTo(requests.get());
    assertThat(done.seconds()).isGreaterThanOrEqualTo(0.2);
    assertThat(done.perSecond()).isEqualTo(done.requests() / done.seconds());
  }

  @Test
  void readsChunkedAnswersAndKeepsTheConnection() throws IOException {
    try (HttpConnection connection =
        new HttpConnection(server.getAddress().getPort(), "/chunked")) {
      assertThat(connection.get()).isEqualTo(200);
      assertThat(connection.get()).isEqualTo(200);
    }
  }

  @Test
  void anErrorEndsIt() {
    assertThatThrownBy(() -> load("/broken").saturate(2, Duration.ofMinutes(1)))
        .hasRootCauseMessage("answered 503 sixteen bytes...");
  }

  @Test
  void sendsAsManyAsAreDue() throws InterruptedException {
    long[] latencies = load("/fixed").atRate(500, 4, Duration.ofMillis(400));
    assertThat(latencies).hasSize(200);
    assertThat(requests).hasValue(200);
  }

  @Test
  void waitingForASlowServerCountsAsLatency() throws InterruptedException {
    // The first answer takes until long after the last request was due; the others are quick.
    CountDownLatch never = new CountDownLatch(1);
    AtomicBoolean first = new AtomicBoolean(true);
    answer(
        "/slow",
        200,
        false,
        () -> {
          if (first.getAndSet(false)) {
            assertThat(never.await(300, TimeUnit.MILLISECONDS)).isFalse();
          }
        });
    long[] latencies = load("/slow").atRate(1_000, 1, Duration.ofMillis(50));
    assertThat(latencies).hasSize(50);
    assertThat(Arrays.stream(latencies).min().orElseThrow())
        .isGreaterThan(Duration.ofMillis(200).toNanos());
  }
}
