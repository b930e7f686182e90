package dev.weft.instrumentation.httpurlconnection;

import static dev.weft.instrumentation.httpurlconnection.ScriptedMesh.done;
import static dev.weft.instrumentation.httpurlconnection.WovenConnection.MESH;
import static dev.weft.instrumentation.httpurlconnection.WovenConnection.open;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.engine.outbound.OutboundStep.Wait;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The application's timeouts hold for all that the mesh does; an attempt's own is for that alone.
 */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TimeoutTest {

  private final CountDownLatch over = new CountDownLatch(1);

  @BeforeEach
  void forget() {
    MESH.drainEvents();
  }

  @AfterEach
  void end() {
    over.countDown();
    assertThat(WovenConnection.failures()).isZero();
  }

  @Test
  void theReadTimeoutBoundsTheMeshsWaiting() throws Exception {
    MESH.on("catalog", new Wait(new CompletableFuture<>()), done());
    HttpURLConnection connection = open("/delayed");
    connection.setReadTimeout(50);

    assertThatThrownBy(connection::getInputStream)
        .isInstanceOf(SocketTimeoutException.class)
        .hasMessage("Read timed out");
    assertThat(MESH.drainEvents()).containsExactly("GET catalog:8080/delayed true", "cancelled");
  }

  @Test
  void whatWasWaitedIsNotWaitedAgainForAResponse() throws Exception {
    int timeout = 2_000;
    try (RawServer hanging = RawServer.start((socket, number) -> over.await())) {
      CompletableFuture<Void> delay = new CompletableFuture<>();
      delay.completeOnTimeout(null, timeout - 100, TimeUnit.MILLISECONDS);
      MESH.on("catalog", new Wait(delay), MESH.send(hanging.port()), done());
      HttpURLConnection connection = open("/hangs");
      connection.setReadTimeout(timeout);
      long began = System.nanoTime();

      assertThatThrownBy(connection::getInputStream).isInstanceOf(SocketTimeoutException.class);

      assertThat(Duration.ofNanos(System.nanoTime() - began))
          .isLessThan(Duration.ofMillis(2 * timeout - 200));
      assertThat(MESH.drainEvents())
          .containsExactly(
              "GET catalog:8080/hangs true", "failed ABORTED SocketTimeoutException", "cancelled");
    }
  }

  @Test
  void theReadTimeoutIsTheApplicationsAgainForTheBody() throws Exception {
    try (RawServer slow =
        RawServer.start(
            (socket, number) -> {
              RawServer.head(socket);
              RawServer.write(socket, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n");
              over.await(1_500, TimeUnit.MILLISECONDS);
              RawServer.write(socket, "ok");
            })) {
      CompletableFuture<Void> delay = new CompletableFuture<>();
      delay.completeOnTimeout(null, 2_000, TimeUnit.MILLISECONDS);
      MESH.on("catalog", new Wait(delay), MESH.send(slow.port()), done());
      HttpURLConnection connection = open("/slow");
      connection.setReadTimeout(3_000);

      assertThat(connection.getInputStream().readAllBytes()).asString().isEqualTo("ok");
    }
  }

  @Test
  void theConnectTimeoutIsForAllAttemptsTogether() throws Exception {
    try (Unreachable unreachable = new Unreachable()) {
      MESH.on("catalog", MESH.send(unreachable.port()), MESH.send(unreachable.port()), done());
      HttpURLConnection connection = open("/items");
      connection.setConnectTimeout(100);

      assertThatThrownBy(connection::connect)
          .isInstanceOf(SocketTimeoutException.class)
          .hasMessageContaining("onnect timed out");
      assertThat(MESH.drainEvents())
          .containsExactly(
              "GET catalog:8080/items true", "failed ABORTED SocketTimeoutException", "cancelled");
    }
  }

  @Test
  void anAttemptsConnectTimeoutIsAFailureToConnect() throws Exception {
    try (Unreachable unreachable = new Unreachable();
        RawServer server = RawServer.answering(RawServer.OK)) {
      MESH.on(
          "catalog",
          MESH.send(unreachable.port(), false, Duration.ofMillis(100)),
          MESH.send(server.port()),
          done());

      assertThat(open("/items").getResponseCode()).isEqualTo(200);
      assertThat(MESH.drainEvents()).contains("failed CONNECT SocketTimeoutException");
    }
  }

  @Test
  void theReadTimeoutHoldsWhereTheJdkSendsAgainByItself() throws Exception {
    try (RawServer server =
        RawServer.start(
            (socket, number) -> {
              RawServer.head(socket);
              if (number == 1) {
                RawServer.write(socket, RawServer.OK);
                socket.getInputStream().read(); // dies of the next request
              } else {
                over.await();
              }
            })) {
      MESH.on("catalog", MESH.send(server.port()), done());
      try (InputStream in = open("/items").getInputStream()) {
        in.readAllBytes();
      }
      MESH.on("catalog", MESH.send(server.port()), done());
      HttpURLConnection connection = open("/items");
      connection.setReadTimeout(200);

      assertThatThrownBy(connection::getInputStream).isInstanceOf(SocketTimeoutException.class);
    }
  }

  @Test
  void aHandshakeIsPartOfConnecting() throws Exception {
    try (RawServer silent = RawServer.start((socket, number) -> over.await());
        RawServer server = RawServer.answering(RawServer.OK)) {
      MESH.on(
          "catalog",
          MESH.send(silent.port(), true, Duration.ofMillis(100)),
          MESH.send(server.port()),
          done());

      assertThat(open("/items").getResponseCode()).isEqualTo(200);
      assertThat(MESH.drainEvents()).contains("failed CONNECT SocketTimeoutException");
    }
  }

  @Test
  void whatAnAttemptTookToConnectIsNotLeftToTheNext() throws Exception {
    try (Unreachable unreachable = new Unreachable()) {
      MESH.on(
          "catalog",
          MESH.send(unreachable.port(), false, Duration.ofMillis(100)),
          MESH.send(unreachable.port(), false, Duration.ofSeconds(60)),
          done());
      HttpURLConnection connection = open("/items");
      connection.setConnectTimeout(1_500);

      assertThatThrownBy(connection::connect).isInstanceOf(SocketTimeoutException.class);

      assertThat(MESH.drainEvents())
          .containsExactly(
              "GET catalog:8080/items true",
              "failed CONNECT SocketTimeoutException",
              "failed ABORTED SocketTimeoutException",
              "cancelled");
    }
  }

  /** A port that answers nobody: the queue of those that want to connect is full. */
  private static final class Unreachable implements AutoCloseable {

    private final ServerSocket full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    private final List<Socket> waiting = new ArrayList<>();

    Unreachable() throws IOException {
      boolean accepted = true;
      while (accepted) {
        Socket socket = new Socket();
        waiting.add(socket);
        try {
          socket.connect(full.getLocalSocketAddress(), 100);
        } catch (SocketTimeoutException e) {
          accepted = false;
        }
      }
    }

    int port() {
      return full.getLocalPort();
    }

    @Override
    public void close() {
      try {
        for (Socket socket : waiting) {
          socket.close();
        }
        full.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
