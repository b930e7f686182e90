package dev.weft.instrumentation.jdkhttpclient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.weft.engine.Answer;
import dev.weft.engine.Header;
import dev.weft.engine.Mesh;
import dev.weft.engine.ResponseFlag;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A fresh mesh for each test; afterwards no advice may have failed. */
abstract class MeshTest {

  final FakeMesh mesh = new FakeMesh();
  private final Deque<TestServer> servers = new ArrayDeque<>();
  private long failuresBefore;

  /** Advice failures that the test itself caused. */
  long expectedFailures;

  @BeforeEach
  void installMesh() {
    failuresBefore = WovenClient.failures();
    Mesh.install(mesh);
  }

  @AfterEach
  void checkAndClean() {
    servers.forEach(TestServer::close);
    assertThat(WovenClient.failures() - failuresBefore).isEqualTo(expectedFailures);
  }

  TestServer server(com.sun.net.httpserver.HttpHandler handler) {
    TestServer server = new TestServer(handler);
    servers.add(server);
    return server;
  }

  TestServer server(int status, String body) {
    TestServer server = TestServer.answering(status, body);
    servers.add(server);
    return server;
  }

  /** One that takes requests and answers none. */
  TestServer hanging() {
    return server(exchange -> waitFor(new CountDownLatch(1)));
  }

  /** On a server's thread, which is interrupted when the server is closed. */
  static void waitFor(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** A policy's own answer. */
  static Answer denial(int status) {
    return new Answer(
        status,
        List.of(new Header("x-why", "policy")),
        status == 204 ? "" : "RBAC: access denied",
        ResponseFlag.NONE);
  }

  static HttpClient http1() {
    return HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  }

  static HttpRequest get(String uri) {
    return HttpRequest.newBuilder(URI.create(uri)).build();
  }

  /**
   * Lets calls time out until one of them had got somewhere by then. The client's clock starts
   * before anything has happened, so a call on a busy machine may be over sooner than meant; the
   * next one gets twice the time.
   *
   * @param uri to which each call adds a query of its own
   * @return how that call failed, the newest of the mesh's
   */
  Throwable timingOut(HttpClient client, String uri, Predicate<FakeMesh.Call> gotThere) {
    for (Duration time = Duration.ofMillis(200); ; time = time.multipliedBy(2)) {
      HttpRequest request =
          HttpRequest.newBuilder(URI.create(uri + "?" + time)).timeout(time).build();
      int before = mesh.calls.size();
      Throwable failure = catchThrowable(() -> client.send(request, BodyHandlers.ofString()));
      if (mesh.calls.size() > before && gotThere.test(newestCall())) {
        return failure;
      }
    }
  }

  FakeMesh.Call newestCall() {
    return mesh.calls.get(mesh.calls.size() - 1);
  }
}
