package dev.weft.instrumentation.httpurlconnection;

import static dev.weft.instrumentation.httpurlconnection.ScriptedMesh.done;
import static dev.weft.instrumentation.httpurlconnection.WovenConnection.MESH;
import static dev.weft.instrumentation.httpurlconnection.WovenConnection.open;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.weft.engine.outbound.OutboundStep;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.HttpURLConnection;
import java.net.ProtocolException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** However an attempt ends, the engine learns of it, once: or its endpoint stays busy for ever. */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class AccountingTest {

  @BeforeEach
  void forget() {
    MESH.drainEvents();
  }

  @AfterEach
  void noAdviceFailed() {
    assertThat(WovenConnection.failures()).isZero();
  }

  @Test
  void aResponseThatIsNeverReadEndsWithItsConnection() throws Exception {
    try (RawServer server = RawServer.answering(RawServer.OK)) {
      MESH.on("catalog", MESH.send(server.port()), done());

      assertThat(open("/ping").getResponseCode()).isEqualTo(200);

      awaitCollected("completed");
      assertThat(MESH.drainEvents()).endsWith("responded 200", "completed");
    }
  }

  @Test
  void aConnectionThatIsNeverUsedEndsTheCall() throws Exception {
    try (RawServer server = RawServer.answering(RawServer.OK)) {
      MESH.on("catalog", MESH.send(server.port()), done());

      open("/unused").connect();

      awaitCollected("cancelled");
    }
  }

  @Test
  void disconnectingBeforeAResponseCancelsTheCall() throws Exception {
    try (RawServer server = RawServer.answering(RawServer.OK)) {
      MESH.on("catalog", MESH.send(server.port()), done());
      HttpURLConnection connection = open("/given-up");
      connection.connect();

      connection.disconnect();

      assertThat(MESH.drainEvents()).containsExactly("GET catalog:8080/given-up true", "cancelled");
    }
  }

  @Test
  void disconnectingAfterAResponseCompletesIt() throws Exception {
    try (RawServer server = RawServer.answering(RawServer.OK)) {
      MESH.on("catalog", MESH.send(server.port()), done());
      HttpURLConnection connection = open("/items");
      connection.getResponseCode();

      connection.disconnect();

      assertThat(MESH.drainEvents()).endsWith("responded 200", "completed");
    }
  }

  @Test
  void disconnectingWhileAnotherThreadWaitsCancelsTheCall() throws Exception {
    try (RawServer server =
            RawServer.start(
                (socket, number) ->
                    socket.getInputStream().transferTo(OutputStream.nullOutputStream()));
        RawServer other = RawServer.answering(RawServer.OK)) {
      MESH.on("catalog", MESH.send(server.port()), MESH.send(other.port()), done());
      HttpURLConnection connection = open("/hangs");
      connection.connect();
      FutureTask<InputStream> response = new FutureTask<>(connection::getInputStream);
      Thread reader = new Thread(response);
      reader.start();
      await().until(() -> WovenConnection.isIn(reader, "parseHTTPHeader"));

      connection.disconnect();

      assertThatThrownBy(response::get).hasCauseInstanceOf(IOException.class);
      assertThat(MESH.drainEvents()).containsExactly("GET catalog:8080/hangs true", "cancelled");
    }
  }

  @Test
  void disconnectingWhileTheMeshWaitsToTryAgainCancelsTheCall() throws Exception {
    try (RawServer server =
        RawServer.answering("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 2\r\n\r\nno")) {
      MESH.on(
          "catalog",
          MESH.send(server.port()),
          new OutboundStep.Wait(new CompletableFuture<>()),
          MESH.send(server.port()),
          done());
      HttpURLConnection connection = open("/items");
      connection.connect();
      FutureTask<InputStream> response = new FutureTask<>(connection::getInputStream);
      Thread reader = new Thread(response);
      reader.start();
      await().until(() -> WovenConnection.isIn(reader, "await"));

      connection.disconnect();

      assertThatThrownBy(response::get).hasCauseInstanceOf(SocketException.class);
      assertThat(MESH.drainEvents())
          .containsExactly(
              "GET catalog:8080/items true", "responded 503", "completed", "cancelled");
    }
  }

  @Test
  void anUploadThatTheServerBreaksOffEndsTheCall() throws Exception {
    try (RawServer server =
        RawServer.start(
            (socket, number) -> {
              RawServer.head(socket);
              RawServer.reset(socket);
            })) {
      MESH.on("catalog", MESH.send(server.port()), done());
      HttpURLConnection connection = open("/upload");
      connection.setDoOutput(true);
      connection.setRequestMethod("POST");
      connection.setChunkedStreamingMode(1024);
      OutputStream out = connection.getOutputStream();

      await().until(() -> fails(out));
      connection.disconnect();

      assertThat(MESH.drainEvents())
          .startsWith("POST catalog:8080/upload false", "failed RESET IOException");
    }
  }

  @Test
  void anApplicationsOwnMistakeIsNotTheServersFailure() throws Exception {
    try (RawServer server = RawServer.answering(RawServer.OK)) {
      MESH.on("catalog", MESH.send(server.port()), done());
      HttpURLConnection connection = open("/upload");
      connection.setDoOutput(true);
      connection.setRequestMethod("POST");
      connection.setChunkedStreamingMode(1024);
      OutputStream out = connection.getOutputStream();
      out.close();

      assertThatThrownBy(() -> out.write(1)).hasMessage("Stream is closed");
      connection.getResponseCode();
      connection.disconnect();

      assertThat(MESH.drainEvents()).endsWith("responded 200", "completed");
    }
  }

  @Test
  void aBodyThatBreaksOffHasFailed() throws Exception {
    try (RawServer server =
        RawServer.start(
            (socket, number) -> {
              RawServer.head(socket);
              RawServer.write(
                  socket, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n");
            })) {
      MESH.on("catalog", MESH.send(server.port()), done());

      try (InputStream in = open("/items").getInputStream()) {
        assertThatThrownBy(in::readAllBytes).isInstanceOf(IOException.class);
      }

      assertThat(MESH.drainEvents()).endsWith("responded 200", "failed RESET IOException");
    }
  }

  @Test
  void aBodyThatIsWaitedForAgainHasNotFailed() throws Exception {
    CountDownLatch waited = new CountDownLatch(1);
    try (RawServer server =
        RawServer.start(
            (socket, number) -> {
              RawServer.head(socket);
              RawServer.write(socket, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n");
              waited.await();
              RawServer.write(socket, "ok");
            })) {
      MESH.on("catalog", MESH.send(server.port()), done());
      HttpURLConnection connection = open("/items");
      connection.setReadTimeout(1_000);
      InputStream in = connection.getInputStream();
      assertThatThrownBy(in::read).isInstanceOf(SocketTimeoutException.class);
      waited.countDown();

      assertThat(in.readAllBytes()).asString().isEqualTo("ok");

      assertThat(MESH.drainEvents()).endsWith("responded 200", "completed");
    }
  }

  /** Nothing but its end tells that a response is whole; the application need not close it. */
  @Test
  void aBodyThatEndsWithTheConnectionCompletesTheResponse() throws Exception {
    try (RawServer server =
        RawServer.start(
            (socket, number) -> {
              RawServer.head(socket);
              RawServer.write(socket, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nok");
            })) {
      MESH.on("catalog", MESH.send(server.port()), done());

      assertThat(open("/items").getInputStream().readAllBytes()).asString().isEqualTo("ok");

      assertThat(MESH.drainEvents()).endsWith("responded 200", "completed");
    }
  }

  @Test
  void aRefusedExpectationCompletesTheResponse() throws Exception {
    try (RawServer server =
        RawServer.answering("HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\n\r\n")) {
      MESH.on("catalog", MESH.send(server.port()), done());
      HttpURLConnection connection = expecting();

      assertThatThrownBy(connection::getOutputStream).isInstanceOf(ProtocolException.class);

      assertThat(connection.getResponseCode()).isEqualTo(417);
      assertThat(MESH.drainEvents()).endsWith("responded 417", "completed");
    }
  }

  @Test
  void aGrantedExpectationIsNoResponse() throws Exception {
    try (RawServer server =
        RawServer.start(
            (socket, number) -> {
              RawServer.head(socket);
              RawServer.write(socket, "HTTP/1.1 100 Continue\r\n\r\n");
              String body = new String(socket.getInputStream().readNBytes(3), UTF_8);
              RawServer.write(socket, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n" + body);
            })) {
      MESH.on("catalog", MESH.send(server.port()), done());
      HttpURLConnection connection = expecting();
      try (OutputStream out = connection.getOutputStream()) {
        out.write("abc".getBytes(UTF_8));
      }

      try (InputStream in = connection.getInputStream()) {
        assertThat(in.readAllBytes()).asString().isEqualTo("abc");
      }
      assertThat(MESH.drainEvents())
          .containsExactly("POST catalog:8080/upload false", "responded 200", "completed");
    }
  }

  /** And the connection that the JDK made by itself is kept for the mesh's endpoint alone. */
  @ParameterizedTest
  @ValueSource(strings = {RawServer.OK, "HTTP/1.1 204 No Content\r\n\r\n"})
  void whatTheJdkSendsAgainByItselfIsStillAccountedFor(String response) throws Exception {
    Set<Integer> connections = ConcurrentHashMap.newKeySet();
    AtomicInteger requests = new AtomicInteger();
    try (RawServer server =
        RawServer.start(
            (socket, number) -> {
              while (RawServer.head(socket) != null) {
                connections.add(number);
                requests.incrementAndGet();
                RawServer.write(socket, response);
                if (number == 1) {
                  socket.getInputStream().read(); // dies of the next request
                  return;
                }
              }
            })) {
      for (int i = 0; i < 3; i++) {
        MESH.drainEvents();
        MESH.on("catalog", MESH.send(server.port()), done());
        open("/items").getInputStream().readAllBytes();

        assertThat(MESH.drainEvents())
            .containsSubsequence("GET catalog:8080/items true", "completed")
            .hasSize(3);
      }
      assertThat(requests).hasValue(3);
      assertThat(connections).hasSize(2);
    }
  }

  private static HttpURLConnection expecting() throws IOException {
    HttpURLConnection connection = open("/upload");
    connection.setDoOutput(true);
    connection.setRequestMethod("POST");
    connection.setRequestProperty("Expect", "100-continue");
    connection.setFixedLengthStreamingMode(3);
    return connection;
  }

  private static boolean fails(OutputStream out) {
    try {
      out.write(new byte[1024]);
      return false;
    } catch (IOException e) {
      return true;
    }
  }

  /** What was collected is noticed with the next request, to whomever. */
  private static void awaitCollected(String event) {
    await()
        .until(
            () -> {
              System.gc();
              assertThatThrownBy(() -> open("http://127.0.0.1:1/").connect())
                  .isInstanceOf(ConnectException.class);
              return MESH.events().contains(event);
            });
  }
}
