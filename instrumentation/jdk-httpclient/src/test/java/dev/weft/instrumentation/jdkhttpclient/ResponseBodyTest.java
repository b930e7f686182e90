package dev.weft.instrumentation.jdkhttpclient;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.engine.Header;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** An attempt lasts as long as the body of its response. */
@Timeout(60)
class ResponseBodyTest extends MeshTest {

  @Test
  void receivesResponsesWithoutABody() throws Exception {
    TestServer server = server(204, "");
    mesh.service("catalog").at(server.port());
    assertThat(http1().send(get("http://catalog/"), BodyHandlers.ofString()).statusCode())
        .isEqualTo(204);
    assertThat(mesh.onlyCall().attempt(1).story()).containsExactly("responded 204", "completed");
  }

  @Test
  void endsAnAttemptWhenAStreamedBodyEnds() throws Exception {
    CountDownLatch end = new CountDownLatch(1);
    TestServer server = streaming(end);
    mesh.service("catalog").at(server.port());

    try (InputStream body =
        http1().send(get("http://catalog/"), BodyHandlers.ofInputStream()).body()) {
      assertThat(body.read()).isEqualTo('a');
      assertThat(mesh.onlyCall().attempts.get(0).events).containsExactly("responded 200");
      end.countDown();
      assertThat(body.read()).isEqualTo(-1);
    }
    assertThat(mesh.onlyCall().attempt(1).story()).containsExactly("responded 200", "completed");
  }

  /** For the engine, which may give it again. */
  @Test
  void recordsTheBodyAsItPasses() throws Exception {
    TestServer server = server(200, "0123456789");
    mesh.service("catalog").at(server.port());

    assertThat(http1().send(get("http://catalog/"), BodyHandlers.ofString()).body())
        .isEqualTo("0123456789");

    FakeAttempt attempt = mesh.onlyCall().attempt(1);
    assertThat(attempt.story()).containsExactly("responded 200", "completed");
    assertThat(attempt.recorded.toString(UTF_8)).isEqualTo("0123456789");
    assertThat(attempt.recordedWhole).isTrue();
    assertThat(Objects.requireNonNull(attempt.responseHeaders).headers())
        .contains(new Header("content-length", "10"));
  }

  @Test
  void aBodyThatTheApplicationClosesIsNotRecordedWhole() throws Exception {
    TestServer server = streaming(new CountDownLatch(1));
    mesh.service("catalog").at(server.port());
    try (InputStream body =
        http1().send(get("http://catalog/"), BodyHandlers.ofInputStream()).body()) {
      assertThat(body.read()).isEqualTo('a');
    }
    FakeAttempt attempt = mesh.onlyCall().attempt(1);
    attempt.story();
    assertThat(attempt.recordedWhole).isFalse();
  }

  @Test
  void cutsTheBodyOffWhenTheMeshsTimeIsUp() throws Exception {
    TestServer server = streaming(new CountDownLatch(1));
    mesh.service("catalog").at(server.port());

    CompletableFuture<HttpResponse<String>> response =
        http1().sendAsync(get("http://catalog/"), BodyHandlers.ofString());
    FakeAttempt attempt = mesh.awaitCalls(1).attempt(1);
    attempt.outcome.get();
    attempt.abort();

    assertThatThrownBy(response::get).hasCauseInstanceOf(java.io.IOException.class);
    assertThat(attempt.story()).containsExactly("responded 200", "failed ABORTED");
  }

  @Test
  void endsAnAttemptWhenTheApplicationClosesTheBody() throws Exception {
    TestServer server = streaming(new CountDownLatch(1));
    mesh.service("catalog").at(server.port());
    try (InputStream body =
        http1().send(get("http://catalog/"), BodyHandlers.ofInputStream()).body()) {
      assertThat(body.read()).isEqualTo('a');
    }
    assertThat(mesh.onlyCall().attempt(1).story()).containsExactly("responded 200", "completed");
  }

  /** Answers with the beginning of a body, which ends when told. */
  private TestServer streaming(CountDownLatch end) {
    return server(
        exchange -> {
          exchange.sendResponseHeaders(200, 0);
          exchange.getResponseBody().write('a');
          exchange.getResponseBody().flush();
          waitFor(end);
          exchange.close();
        });
  }
}
