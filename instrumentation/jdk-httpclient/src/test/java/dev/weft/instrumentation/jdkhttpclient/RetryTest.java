package dev.weft.instrumentation.jdkhttpclient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class RetryTest extends MeshTest {

  private final Socket refusing = new Socket();

  @AfterEach
  void release() throws IOException {
    refusing.close();
  }

  private static HttpRequest post(HttpRequest.BodyPublisher body) {
    return HttpRequest.newBuilder(URI.create("http://orders/")).POST(body).build();
  }

  @ParameterizedTest
  @ValueSource(strings = {"string", "bytes", "file"})
  void sendsARepeatableBodyAgain(String kind, @TempDir Path folder) throws Exception {
    Path file = Files.writeString(folder.resolve("body"), "a body");
    byte[] bytes = "a body".getBytes(StandardCharsets.UTF_8);
    HttpRequest.BodyPublisher body =
        switch (kind) {
          case "string" -> BodyPublishers.ofString("a body");
          case "bytes" -> BodyPublishers.ofByteArray(bytes);
          default -> BodyPublishers.ofFile(file);
        };
    TestServer failing = server(503, "not now");
    TestServer working = server(200, "done");
    mesh.service("orders").at(failing.port(), working.port()).attempts(2);

    HttpResponse<String> response = http1().send(post(body), BodyHandlers.ofString());

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.body()).isEqualTo("done");
    assertThat(failing.seen).extracting(TestServer.Seen::body).containsExactly("a body");
    assertThat(working.seen).extracting(TestServer.Seen::body).containsExactly("a body");
    assertThat(mesh.onlyCall().attempt(1).story()).containsExactly("responded 503", "completed");
    assertThat(mesh.onlyCall().attempt(2).story()).containsExactly("responded 200", "completed");
  }

  @ParameterizedTest
  @ValueSource(strings = {"stream", "iterable", "publisher"})
  void sendsASmallBodyAgainThatTheApplicationGivesOnce(String kind) throws Exception {
    AtomicInteger given = new AtomicInteger();
    byte[] bytes = "a body".getBytes(StandardCharsets.UTF_8);
    Iterator<byte[]> parts = List.of(bytes).iterator();
    HttpRequest.BodyPublisher body =
        switch (kind) {
          case "stream" ->
              BodyPublishers.ofInputStream(
                  () -> {
                    given.incrementAndGet();
                    return new ByteArrayInputStream(bytes);
                  });
          case "iterable" ->
              BodyPublishers.ofByteArrays(
                  () -> {
                    given.incrementAndGet();
                    return parts;
                  });
          default ->
              BodyPublishers.fromPublisher(
                  subscriber -> {
                    given.incrementAndGet();
                    BodyPublishers.ofString("a body").subscribe(subscriber);
                  });
        };
    TestServer failing = server(503, "not now");
    TestServer working = server(200, "done");
    mesh.service("orders").at(failing.port(), working.port()).attempts(2);

    HttpResponse<String> response = http1().send(post(body), BodyHandlers.ofString());

    assertThat(response.body()).isEqualTo("done");
    assertThat(given).hasValue(1);
    assertThat(working.seen).extracting(TestServer.Seen::body).containsExactly("a body");
  }

  @Test
  void neverReadsALargeStreamTwice() throws Exception {
    TestServer failing = server(503, "not now");
    mesh.service("orders").at(failing.port()).attempts(2);

    HttpResponse<String> response =
        http1()
            .send(
                post(
                    BodyPublishers.ofInputStream(
                        () -> new ByteArrayInputStream(new byte[RecordedBody.LIMIT + 1]))),
                BodyHandlers.ofString());

    assertThat(response.statusCode()).isEqualTo(503);
    assertThat(response.body()).isEqualTo("not now");
    assertThat(failing.seen).hasSize(1);
  }

  @Test
  void keepsTheConnectionOfAResponseThatIsNotUsed() throws Exception {
    TestServer failing = server(503, "not now");
    mesh.service("orders").at(failing.port()).attempts(3);
    HttpClient client = http1();

    // An attempt may overtake the reading of the response before it, and then connects anew.
    await()
        .until(
            () -> {
              int connections = failing.clientPorts.size();
              int attempts = failing.seen.size();
              client.send(get("http://orders/"), BodyHandlers.ofString());
              assertThat(failing.seen).hasSize(attempts + 3);
              return failing.clientPorts.size() == connections;
            });
  }

  @Test
  void waitsBetweenAttempts() throws Exception {
    TestServer failing = server(503, "not now");
    TestServer working = server(200, "done");
    FakeMesh.Service service =
        mesh.service("orders").at(failing.port(), working.port()).attempts(2);
    CompletableFuture<Void> backOff = new CompletableFuture<>();
    service.backOff = backOff;

    CompletableFuture<HttpResponse<String>> response =
        http1().sendAsync(get("http://orders/"), BodyHandlers.ofString());
    mesh.awaitCalls(1).attempt(1).outcome.get();
    assertThat(working.seen).isEmpty();
    backOff.complete(null);

    assertThat(response.get().body()).isEqualTo("done");
  }

  @Test
  void goesElsewhereWhenAConnectionIsRefused() throws Exception {
    TestServer working = server(200, "done");
    mesh.service("orders").at(refusingPort(), working.port()).attempts(2);

    HttpClient client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(5))
            .build();
    HttpResponse<String> response =
        client.send(post(BodyPublishers.ofString("a body")), BodyHandlers.ofString());

    assertThat(response.body()).isEqualTo("done");
    assertThat(mesh.onlyCall().attempt(1).story()).containsExactly("failed CONNECT");
  }

  @Test
  void failsAsTheClientFailsWhenNothingHelps() throws Exception {
    int port = refusingPort();
    mesh.service("orders").at(port).attempts(2);

    assertThatThrownBy(() -> http1().send(get("http://orders/"), BodyHandlers.ofString()))
        .isExactlyInstanceOf(ConnectException.class);
    assertThat(mesh.onlyCall().attempts).hasSize(2);
    assertThatThrownBy(
            () -> http1().send(get("http://127.0.0.1:" + port + "/"), BodyHandlers.ofString()))
        .isExactlyInstanceOf(ConnectException.class);
  }

  @Test
  void failsAsTheClientFailsWhenTheConnectionBreaks() throws Exception {
    try (ServerSocket breaking = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
      Thread thread = new Thread(() -> breakConnections(breaking));
      thread.setDaemon(true);
      thread.start();
      Throwable own = catching("http://127.0.0.1:" + breaking.getLocalPort() + "/");
      mesh.service("orders").at(breaking.getLocalPort());
      Throwable steered = catching("http://orders/");

      assertThat(own).isInstanceOf(IOException.class);
      assertThat(steered).hasSameClassAs(own).hasMessage(own.getMessage());
      assertThat(mesh.onlyCall().attempt(1).story()).containsExactly("failed RESET");
    }
  }

  @Test
  void survivesAPooledConnectionThatDied() throws Exception {
    try (ServerSocket dying = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
      // Answers once on each connection, then closes it when the next request is there.
      Thread thread = new Thread(() -> answerOncePerConnection(dying));
      thread.setDaemon(true);
      thread.start();
      mesh.service("orders").at(dying.getLocalPort());
      HttpClient client = http1();
      for (int i = 0; i < 3; i++) {
        assertThat(client.send(get("http://orders/"), BodyHandlers.ofString()).statusCode())
            .isEqualTo(200);
      }
      assertThat(mesh.calls)
          .allSatisfy(
              call -> {
                assertThat(call.attempts).hasSize(1);
                assertThat(call.attempt(1).story()).containsExactly("responded 200", "completed");
              });
    }
  }

  /** Istio's default retries cover what the peer had given up, if it can't matter. */
  @Test
  void tellsPooledConnectionsThatDied() throws Exception {
    try (ServerSocket dying = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
      HttpClient client = pooling(dying, 4, new AtomicInteger());

      for (String method : List.of("POST", "PUT", "GET")) {
        HttpRequest request =
            HttpRequest.newBuilder(URI.create("http://orders/"))
                .method(method, BodyPublishers.ofString(""))
                .build();
        assertThatThrownBy(() -> client.send(request, BodyHandlers.discarding()))
            .isInstanceOf(IOException.class);
      }

      // The peer may have acted on the POST.
      assertThat(mesh.calls.get(4).attempts.get(0).events).containsExactly("failed RESET");
      assertThat(mesh.calls.get(5).attempts.get(0).events).containsExactly("failed STALE");
      assertThat(mesh.calls.get(6).attempts.get(0).events).containsExactly("failed STALE");
    }
  }

  /** As without Weft: the client's one repetition, of all the attempts together. */
  @Test
  void repeatsARequestOnce() throws Exception {
    try (ServerSocket dying = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
      AtomicInteger died = new AtomicInteger();
      HttpClient client = pooling(dying, 4, died);
      mesh.service("orders").attempts(2);

      assertThatThrownBy(() -> client.send(get("http://orders/"), BodyHandlers.discarding()))
          .isInstanceOf(IOException.class);

      assertThat(mesh.calls.get(4).attempts)
          .hasSize(2)
          .allSatisfy(attempt -> assertThat(attempt.story()).containsExactly("failed STALE"));
      await().untilAsserted(() -> assertThat(died).hasValue(3));
    }
  }

  /** A request that kills whoever gets it must not look like connections that can't be made. */
  @Test
  void blamesNoConnectionForARequestThatBreaksIt() throws Exception {
    try (ServerSocket dying = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
      AtomicInteger killed = new AtomicInteger();
      Thread thread =
          new Thread(
              () -> {
                while (!dying.isClosed()) {
                  try (Socket socket = dying.accept()) {
                    readHead(socket);
                    killed.incrementAndGet();
                  } catch (IOException e) {
                    // closed
                  }
                }
              });
      thread.setDaemon(true);
      thread.start();
      mesh.service("orders").at(dying.getLocalPort());

      assertThatThrownBy(() -> http1().send(get("http://orders/"), BodyHandlers.discarding()))
          .isInstanceOf(IOException.class);

      assertThat(killed).as("the client's own repetition is one of them").hasValue(2);
      assertThat(mesh.onlyCall().attempts).hasSize(1);
      assertThat(mesh.onlyCall().attempts.get(0).events).containsExactly("failed RESET");
    }
  }

  /** A client with connections in its pool that die of a second request, after so many calls. */
  private HttpClient pooling(ServerSocket dying, int connections, AtomicInteger died) {
    CountDownLatch pooled = new CountDownLatch(connections);
    for (int i = 0; i < connections; i++) {
      Thread thread = new Thread(() -> answerOnceTogether(dying, pooled, died));
      thread.setDaemon(true);
      thread.start();
    }
    mesh.service("orders").at(dying.getLocalPort());
    HttpClient client = http1();
    List<CompletableFuture<HttpResponse<Void>>> first =
        Stream.generate(() -> client.sendAsync(get("http://orders/"), BodyHandlers.discarding()))
            .limit(connections)
            .toList();
    first.forEach(CompletableFuture::join);
    return client;
  }

  private static Throwable catching(String uri) throws InterruptedException {
    try {
      http1().send(get(uri), BodyHandlers.ofString());
      throw new AssertionError("no exception");
    } catch (IOException e) {
      return e;
    }
  }

  /** A port that is taken, so that nobody else listens on it, and isn't listened on. */
  private int refusingPort() throws IOException {
    refusing.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    return refusing.getLocalPort();
  }

  private static void breakConnections(ServerSocket server) {
    try {
      while (true) {
        try (Socket socket = server.accept()) {
          readHead(socket);
          socket.getOutputStream().write("HTTP/1.1 2".getBytes(StandardCharsets.US_ASCII));
        }
      }
    } catch (IOException e) {
      // closed
    }
  }

  private static void answerOncePerConnection(ServerSocket server) {
    try {
      while (true) {
        try (Socket socket = server.accept()) {
          readHead(socket);
          socket
              .getOutputStream()
              .write(
                  "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
                      .getBytes(StandardCharsets.US_ASCII));
          readHead(socket);
        }
      }
    } catch (IOException e) {
      // closed
    }
  }

  private static void answerOnceTogether(
      ServerSocket server, CountDownLatch together, AtomicInteger died) {
    try (Socket socket = server.accept()) {
      readHead(socket);
      together.countDown();
      together.await();
      socket
          .getOutputStream()
          .write(
              "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      readHead(socket);
      died.incrementAndGet();
    } catch (IOException | InterruptedException e) {
      // closed
    }
  }

  private static void readHead(Socket socket) throws IOException {
    int ends = 0;
    while (ends < 2) {
      int read = socket.getInputStream().read();
      if (read == -1) {
        return;
      }
      ends = read == '\n' ? ends + 1 : read == '\r' ? ends : 0;
    }
  }
}
