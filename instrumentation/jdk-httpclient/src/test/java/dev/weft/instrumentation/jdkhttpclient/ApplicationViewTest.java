package dev.weft.instrumentation.jdkhttpclient;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.weft.engine.Answer;
import dev.weft.engine.Header;
import dev.weft.engine.ResponseFlag;
import java.io.InputStream;
import java.net.Authenticator;
import java.net.CookieManager;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PasswordAuthentication;
import java.net.ProxySelector;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Redirect;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the application asked of the client, it still gets. */
@Timeout(60)
class ApplicationViewTest extends MeshTest {

  private static Answer denial(int status) {
    return new Answer(
        status,
        List.of(new Header("x-why", "policy")),
        status == 204 ? "" : "RBAC: access denied",
        ResponseFlag.NONE);
  }

  @Test
  void givesThePolicysOwnAnswerToAnyHandler(@TempDir Path folder) throws Exception {
    mesh.service("catalog").answer = denial(403);
    HttpClient client = http1();
    HttpRequest request = get("http://catalog/");

    HttpResponse<String> text = client.send(request, BodyHandlers.ofString());
    assertThat(text.statusCode()).isEqualTo(403);
    assertThat(text.body()).isEqualTo("RBAC: access denied");
    assertThat(text.headers().firstValue("x-why")).contains("policy");
    assertThat(text.headers().firstValueAsLong("content-length")).hasValue(19);
    assertThat(text.uri()).isEqualTo(URI.create("http://catalog/"));
    assertThat(text.sslSession()).isEmpty();

    try (InputStream stream = client.send(request, BodyHandlers.ofInputStream()).body()) {
      assertThat(new String(stream.readAllBytes(), UTF_8)).isEqualTo("RBAC: access denied");
    }
    try (Stream<String> lines = client.send(request, BodyHandlers.ofLines()).body()) {
      assertThat(lines).containsExactly("RBAC: access denied");
    }
    assertThat(client.send(request, BodyHandlers.discarding()).statusCode()).isEqualTo(403);
    Path file = client.send(request, BodyHandlers.ofFile(folder.resolve("body"))).body();
    assertThat(Files.readString(file)).isEqualTo("RBAC: access denied");
    assertThat(
            client
                .sendAsync(
                    HttpRequest.newBuilder(URI.create("http://catalog/"))
                        .method("HEAD", HttpRequest.BodyPublishers.noBody())
                        .build(),
                    BodyHandlers.ofString())
                .get()
                .body())
        .isEmpty();
  }

  @Test
  void givesAnAnswerWithoutABody() throws Exception {
    mesh.service("catalog").answer = denial(204);
    HttpResponse<String> response = http1().send(get("http://catalog/"), BodyHandlers.ofString());
    assertThat(response.statusCode()).isEqualTo(204);
    assertThat(response.body()).isEmpty();
  }

  @Test
  void receivesResponsesWithoutABody() throws Exception {
    TestServer server = server(204, "");
    mesh.service("catalog").at(server.port());
    assertThat(http1().send(get("http://catalog/"), BodyHandlers.ofString()).statusCode())
        .isEqualTo(204);
    assertThat(mesh.onlyCall().attempt(1).story()).containsExactly("responded 204", "completed");
  }

  @Test
  void followsARedirectThatIsThePolicysOwn() throws Exception {
    TestServer server = server(200, "there");
    mesh.service("old").answer =
        new Answer(301, List.of(new Header("location", "http://new/x")), "", ResponseFlag.NONE);
    mesh.service("new").at(server.port());
    HttpClient client = HttpClient.newBuilder().followRedirects(Redirect.ALWAYS).build();
    HttpResponse<String> response = client.send(get("http://old/"), BodyHandlers.ofString());
    assertThat(response.body()).isEqualTo("there");
    assertThat(response.uri()).isEqualTo(URI.create("http://new/x"));
  }

  @ParameterizedTest
  @EnumSource(Redirect.class)
  void followsRedirectsByTheApplicationsPolicy(Redirect policy) throws Exception {
    TestServer other = server(200, "other");
    TestServer server =
        server(
            exchange -> {
              String location =
                  switch (exchange.getRequestURI().getPath()) {
                    case "/absolute" -> "http://catalog/end";
                    case "/relative" -> "end";
                    case "/elsewhere" -> "http://other/end";
                    case "/secure" -> "https://other.invalid/end";
                    default -> null;
                  };
              if (location == null) {
                TestServer.answer(exchange, 200, "end");
              } else {
                exchange.getResponseHeaders().add("Location", location);
                TestServer.answer(exchange, 307, "moved");
              }
            });
    mesh.service("catalog").at(server.port());
    mesh.service("other").at(other.port());
    HttpClient client = HttpClient.newBuilder().followRedirects(policy).build();

    for (String path : List.of("absolute", "relative", "elsewhere")) {
      HttpResponse<String> response =
          client.send(get("http://catalog/" + path), BodyHandlers.ofString());
      if (policy == Redirect.NEVER) {
        assertThat(response.statusCode()).isEqualTo(307);
        assertThat(response.uri()).isEqualTo(URI.create("http://catalog/" + path));
      } else {
        String host = path.equals("elsewhere") ? "other" : "catalog";
        assertThat(response.uri()).isEqualTo(URI.create("http://" + host + "/end"));
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.previousResponse().orElseThrow().statusCode()).isEqualTo(307);
        assertThat(response.previousResponse().orElseThrow().uri())
            .isEqualTo(URI.create("http://catalog/" + path));
      }
    }
    assertThat(mesh.calls).hasSize(policy == Redirect.NEVER ? 3 : 6);
    mesh.calls.forEach(
        call -> assertThat(call.attempt(1).story()).hasSize(2).contains("completed"));
    if (policy != Redirect.NEVER) {
      // To https, which is the application's own business: the name doesn't resolve.
      assertThatThrownBy(() -> client.send(get("http://catalog/secure"), BodyHandlers.ofString()))
          .isInstanceOf(java.net.ConnectException.class);
      assertThat(mesh.calls).hasSize(7);
    }
  }

  @Test
  void answersChallengesAndKeepsCookies() throws Exception {
    TestServer server =
        server(
            exchange -> {
              if (exchange.getRequestHeaders().getFirst("Authorization") == null) {
                exchange.getResponseHeaders().add("WWW-Authenticate", "Basic realm=\"r\"");
                exchange.getResponseHeaders().add("Set-Cookie", "c=1");
                TestServer.answer(exchange, 401, "who?");
              } else {
                TestServer.answer(exchange, 200, "you");
              }
            });
    mesh.service("catalog.shop").at(server.port());
    AtomicReference<String> asked = new AtomicReference<>("");
    HttpClient client =
        HttpClient.newBuilder()
            .cookieHandler(new CookieManager())
            .authenticator(
                new Authenticator() {
                  @Override
                  protected PasswordAuthentication getPasswordAuthentication() {
                    asked.set(getRequestingHost());
                    return new PasswordAuthentication("u", "p".toCharArray());
                  }
                })
            .build();

    HttpResponse<String> response =
        client.send(get("http://catalog.shop/"), BodyHandlers.ofString());

    assertThat(response.body()).isEqualTo("you");
    assertThat(asked.get()).isEqualTo("catalog.shop");
    assertThat(server.seen).hasSize(2);
    assertThat(server.seen.get(1).headers().getFirst("Cookie")).isEqualTo("c=1");
    assertThat(mesh.calls).hasSize(2);
  }

  @Test
  void leavesARefusedCredentialOfTheApplicationsOwnToIt() throws Exception {
    TestServer server =
        server(
            exchange -> {
              exchange.getResponseHeaders().add("WWW-Authenticate", "Basic realm=\"r\"");
              TestServer.answer(exchange, 401, "no");
            });
    mesh.service("catalog").at(server.port());
    HttpClient client =
        HttpClient.newBuilder()
            .authenticator(
                new Authenticator() {
                  @Override
                  protected PasswordAuthentication getPasswordAuthentication() {
                    return new PasswordAuthentication("u", "p".toCharArray());
                  }
                })
            .build();
    HttpRequest steered =
        HttpRequest.newBuilder(URI.create("http://catalog/"))
            .header("Authorization", "Bearer x")
            .build();
    HttpRequest own =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + "/"))
            .header("Authorization", "Bearer x")
            .build();

    assertThat(outcome(client, steered)).isEqualTo(outcome(client, own));
  }

  private static String outcome(HttpClient client, HttpRequest request) throws Exception {
    try {
      return "status " + client.send(request, BodyHandlers.ofString()).statusCode();
    } catch (java.io.IOException e) {
      return e.toString();
    }
  }

  @Test
  void leavesProxiedRequestsToTheProxy() throws Exception {
    TestServer proxy = server(200, "by proxy");
    mesh.service("catalog").answer = denial(403);
    HttpClient client =
        HttpClient.newBuilder()
            .proxy(
                ProxySelector.of(
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), proxy.port())))
            .build();
    assertThat(client.send(get("http://catalog/"), BodyHandlers.ofString()).body())
        .isEqualTo("by proxy");
    assertThat(mesh.calls).isEmpty();
  }

  @Test
  void timesOutWhileTheResponseIsAwaited() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    TestServer server =
        server(
            exchange -> {
              try {
                release.await();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    mesh.service("catalog").at(server.port());

    Throwable failure = timingOut(http1(), "http://catalog/", call -> server.saw(call.path));

    assertThat(failure)
        .isExactlyInstanceOf(HttpTimeoutException.class)
        .hasMessage("request timed out");
    FakeMesh.Call call = newestCall();
    await().untilAsserted(() -> assertThat(call.cancelled).isTrue());
    assertThat(call.attempt(1).story()).containsExactly("failed ABORTED");
    release.countDown();
  }

  @Test
  void timesOutWhileTheMeshWaits() {
    FakeMesh.Service service = mesh.service("catalog");
    service.firstWait = FakeMesh.never();

    Throwable failure = timingOut(http1(), "http://catalog/", call -> true);

    assertThat(failure).isInstanceOf(HttpTimeoutException.class);
    FakeMesh.Call call = newestCall();
    await().untilAsserted(() -> assertThat(call.cancelled).isTrue());
  }

  @Test
  void timesOutBetweenAttempts() {
    TestServer failing = server(503, "not now");
    FakeMesh.Service service = mesh.service("catalog").at(failing.port()).attempts(2);
    service.backOff = FakeMesh.never();

    Throwable failure =
        timingOut(http1(), "http://catalog/", call -> call.attempt(1).outcome.getNow(0) == 503);

    assertThat(failure).isInstanceOf(HttpTimeoutException.class);
    FakeMesh.Call call = newestCall();
    await().untilAsserted(() -> assertThat(call.cancelled).isTrue());
  }

  @Test
  void timesOutConnecting() throws Exception {
    // A full backlog: further connections are neither accepted nor refused.
    try (ServerSocket full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      List<java.net.Socket> filling = new java.util.ArrayList<>();
      for (int i = 0; i < 3; i++) {
        java.net.Socket socket = new java.net.Socket();
        filling.add(socket);
        try {
          socket.connect(full.getLocalSocketAddress(), 100);
        } catch (java.net.SocketTimeoutException e) {
          break;
        }
      }
      mesh.service("catalog").at(full.getLocalPort());
      HttpClient client = HttpClient.newBuilder().connectTimeout(Duration.ofMillis(200)).build();

      assertThatThrownBy(() -> client.send(get("http://catalog/"), BodyHandlers.ofString()))
          .isExactlyInstanceOf(HttpConnectTimeoutException.class)
          .hasMessage("HTTP connect timed out");
      FakeMesh.Call call = mesh.onlyCall();
      await().untilAsserted(() -> assertThat(call.cancelled).isTrue());
      for (java.net.Socket socket : filling) {
        socket.close();
      }
    }
  }

  @Test
  void isCancelledByTheApplication() throws Exception {
    CountDownLatch arrived = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    TestServer server =
        server(
            exchange -> {
              arrived.countDown();
              try {
                release.await();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    mesh.service("catalog").at(server.port());

    CompletableFuture<HttpResponse<String>> response =
        http1().sendAsync(get("http://catalog/"), BodyHandlers.ofString());
    arrived.await();
    assertThat(response.cancel(true)).isTrue();

    // The client's own race: it may fail before it's cancelled.
    assertThatThrownBy(response::get)
        .isInstanceOfAny(CancellationException.class, ExecutionException.class);
    FakeMesh.Call call = mesh.onlyCall();
    assertThat(call.attempt(1).story()).containsExactly("failed ABORTED");
    await().untilAsserted(() -> assertThat(call.cancelled).isTrue());
    release.countDown();
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
  void endsAnAttemptWhenAStreamedBodyEnds() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    TestServer server =
        server(
            exchange -> {
              exchange.sendResponseHeaders(200, 0);
              exchange.getResponseBody().write('a');
              exchange.getResponseBody().flush();
              try {
                release.await();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
              exchange.close();
            });
    mesh.service("catalog").at(server.port());

    try (InputStream body =
        http1().send(get("http://catalog/"), BodyHandlers.ofInputStream()).body()) {
      assertThat(body.read()).isEqualTo('a');
      assertThat(mesh.onlyCall().attempts.get(0).events).containsExactly("responded 200");
      release.countDown();
      assertThat(body.read()).isEqualTo(-1);
    }
    assertThat(mesh.onlyCall().attempt(1).story()).containsExactly("responded 200", "completed");
  }

  @Test
  void cutsTheBodyOffWhenTheMeshsTimeIsUp() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    TestServer server =
        server(
            exchange -> {
              exchange.sendResponseHeaders(200, 0);
              exchange.getResponseBody().write('a');
              exchange.getResponseBody().flush();
              try {
                release.await();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    mesh.service("catalog").at(server.port());

    CompletableFuture<HttpResponse<String>> response =
        http1().sendAsync(get("http://catalog/"), BodyHandlers.ofString());
    FakeAttempt attempt = mesh.awaitCalls(1).attempt(1);
    attempt.outcome.get();
    attempt.abort();

    assertThatThrownBy(response::get).hasCauseInstanceOf(java.io.IOException.class);
    assertThat(attempt.story()).containsExactly("responded 200", "failed ABORTED");
    release.countDown();
  }

  @Test
  void endsAnAttemptWhenTheApplicationClosesTheBody() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    TestServer server =
        server(
            exchange -> {
              exchange.sendResponseHeaders(200, 0);
              exchange.getResponseBody().write('a');
              exchange.getResponseBody().flush();
              try {
                release.await();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    mesh.service("catalog").at(server.port());
    try (InputStream body =
        http1().send(get("http://catalog/"), BodyHandlers.ofInputStream()).body()) {
      assertThat(body.read()).isEqualTo('a');
    }
    assertThat(mesh.onlyCall().attempt(1).story()).containsExactly("responded 200", "completed");
    release.countDown();
  }

  @Test
  void anAbortedAttemptCutsTheRequestOff() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    TestServer hanging =
        server(
            exchange -> {
              try {
                release.await();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    TestServer working = server(200, "done");
    mesh.service("catalog").at(hanging.port(), working.port()).attempts(2);

    CompletableFuture<HttpResponse<String>> response =
        http1().sendAsync(get("http://catalog/"), BodyHandlers.ofString());
    await().until(() -> !hanging.seen.isEmpty());
    mesh.onlyCall().attempt(1).abort();

    assertThat(response.get().body()).isEqualTo("done");
    assertThat(mesh.onlyCall().attempt(1).story()).containsExactly("failed ABORTED");
    release.countDown();
  }
}
