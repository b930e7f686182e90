package dev.weft.jwt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import dev.weft.engine.spi.AsyncClient.Response;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Fetches of key sets, over plaintext: TLS is the JDK's. */
@Timeout(60)
class HttpsKeysTest {

  private static final Duration LONG = Duration.ofSeconds(30);

  private final HttpServer server;
  private final CountDownLatch over = new CountDownLatch(1);

  HttpsKeysTest() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.start();
  }

  @AfterEach
  void stop() {
    over.countDown();
    server.stop(0);
  }

  private CompletableFuture<Response> get(HttpHandler handler, Duration timeout) {
    server.createContext("/", handler);
    URI uri = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/keys");
    return new HttpsKeys().get(uri, timeout).toCompletableFuture();
  }

  @Test
  void whatIsThereIsFetched() throws Exception {
    byte[] keys = "{\"keys\": []}".getBytes(StandardCharsets.UTF_8);
    Response response =
        get(
                exchange -> {
                  exchange.sendResponseHeaders(200, keys.length);
                  exchange.getResponseBody().write(keys);
                  exchange.close();
                },
                LONG)
            .get();
    assertThat(response.status()).isEqualTo(200);
    assertThat(response.body()).isEqualTo(keys);
  }

  @Test
  void aBodyThatDoesNotEndIsNotWaitedFor() {
    CompletableFuture<Response> response =
        get(
            exchange -> {
              exchange.sendResponseHeaders(200, 0);
              exchange.getResponseBody().write('{');
              exchange.getResponseBody().flush();
              try {
                over.await();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            },
            Duration.ofMillis(300));
    assertThatThrownBy(() -> response.get(LONG.toSeconds(), TimeUnit.SECONDS))
        .hasCauseInstanceOf(TimeoutException.class);
  }

  @Test
  void aBodyThatIsTooLongIsNotTaken() {
    CompletableFuture<Response> response =
        get(
            exchange -> {
              exchange.sendResponseHeaders(200, 0);
              byte[] part = new byte[1 << 16];
              for (int i = 0; i < 20; i++) {
                exchange.getResponseBody().write(part);
              }
              exchange.close();
            },
            LONG);
    assertThatThrownBy(() -> response.get(LONG.toSeconds(), TimeUnit.SECONDS))
        .hasRootCauseMessage("more than 1048576 bytes");
  }
}
