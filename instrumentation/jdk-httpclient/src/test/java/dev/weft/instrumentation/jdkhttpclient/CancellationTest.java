package dev.weft.instrumentation.jdkhttpclient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Calls that the application or the mesh gives up. */
@Timeout(60)
class CancellationTest extends MeshTest {

  @Test
  void isCancelledByTheApplication() throws Exception {
    TestServer server = hanging();
    mesh.service("catalog").at(server.port());

    CompletableFuture<HttpResponse<String>> response =
        http1().sendAsync(get("http://catalog/"), BodyHandlers.ofString());
    await().until(() -> !server.seen.isEmpty());
    assertThat(response.cancel(true)).isTrue();

    // The client's own race: it may fail before it's cancelled.
    assertThatThrownBy(response::get)
        .isInstanceOfAny(CancellationException.class, ExecutionException.class);
    FakeMesh.Call call = mesh.onlyCall();
    assertThat(call.attempt(1).story()).containsExactly("failed ABORTED");
    await().untilAsserted(() -> assertThat(call.cancelled).isTrue());
  }

  @Test
  void isCancelledByTheApplicationWhileTheMeshWaits() {
    mesh.service("catalog").firstWait = FakeMesh.never();
    CompletableFuture<HttpResponse<String>> response =
        http1().sendAsync(get("http://catalog/"), BodyHandlers.ofString());
    FakeMesh.Call call = mesh.awaitCalls(1);
    response.cancel(true);
    await().untilAsserted(() -> assertThat(call.cancelled).isTrue());
  }

  @Test
  void isInterrupted() throws Exception {
    mesh.service("catalog").firstWait = FakeMesh.never();
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    Thread application =
        new Thread(
            () -> {
              try {
                http1().send(get("http://catalog/"), BodyHandlers.ofString());
              } catch (Throwable e) {
                thrown.set(e);
              }
            });
    application.start();
    FakeMesh.Call call = mesh.awaitCalls(1);
    application.interrupt();
    application.join();
    assertThat(thrown.get()).isInstanceOf(InterruptedException.class);
    await().untilAsserted(() -> assertThat(call.cancelled).isTrue());
  }

  @Test
  void anAbortedAttemptCutsTheRequestOff() throws Exception {
    TestServer hanging = hanging();
    TestServer working = server(200, "done");
    mesh.service("catalog").at(hanging.port(), working.port()).attempts(2);

    CompletableFuture<HttpResponse<String>> response =
        http1().sendAsync(get("http://catalog/"), BodyHandlers.ofString());
    await().until(() -> !hanging.seen.isEmpty());
    mesh.onlyCall().attempt(1).abort();

    assertThat(response.get().body()).isEqualTo("done");
    assertThat(mesh.onlyCall().attempt(1).story()).containsExactly("failed ABORTED");
  }
}
