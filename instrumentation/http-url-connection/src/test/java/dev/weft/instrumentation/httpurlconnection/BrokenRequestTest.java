package dev.weft.instrumentation.httpurlconnection;

import static dev.weft.instrumentation.httpurlconnection.ScriptedMesh.done;
import static dev.weft.instrumentation.httpurlconnection.WovenConnection.MESH;
import static dev.weft.instrumentation.httpurlconnection.WovenConnection.open;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.HttpURLConnection;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The connection breaks while the request is on it: sent again whole, or not at all. */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class BrokenRequestTest {

  private static final int SIZE = 20_000_000;

  private final AtomicInteger connections = new AtomicInteger();

  @BeforeEach
  void forget() {
    MESH.drainEvents();
  }

  @AfterEach
  void noAdviceFailed() {
    assertThat(WovenConnection.failures()).isZero();
  }

  @Test
  void aHeldBodyIsWrittenWholeElsewhere() throws Exception {
    AtomicInteger received = new AtomicInteger();
    try (RawServer breaking = breaking();
        RawServer other =
            RawServer.start(
                (socket, number) -> {
                  RawServer.head(socket);
                  received.set(socket.getInputStream().readNBytes(SIZE).length);
                  RawServer.write(socket, RawServer.OK);
                })) {
      MESH.on("catalog", MESH.send(breaking.port()), MESH.send(other.port()), done());
      HttpURLConnection connection = open("/upload");
      connection.setDoOutput(true);
      connection.getOutputStream().write(new byte[SIZE]);

      assertThat(connection.getResponseCode()).isEqualTo(200);

      assertThat(received).hasValue(SIZE);
      assertThat(connections).as("the JDK tries once more by itself").hasValue(2);
      assertThat(MESH.drainEvents())
          .containsExactly(
              "POST catalog:8080/upload true", "failed RESET IOException", "responded 200");
    }
  }

  @Test
  void theLastFailureIsTheJdksOwn() throws Exception {
    try (RawServer breaking = breaking()) {
      MESH.on("catalog", MESH.send(breaking.port()), done());
      HttpURLConnection connection = open("/upload");
      connection.setDoOutput(true);
      connection.getOutputStream().write(new byte[SIZE]);

      assertThatThrownBy(connection::getInputStream)
          .isInstanceOf(IOException.class)
          .hasMessage("Error writing to server");
      assertThat(MESH.drainEvents()).endsWith("failed RESET IOException");
    }
  }

  /** Its client may hear only afterwards that the handshake failed. */
  @Test
  void aStreamedBodyIsNeverLeftOut() throws Exception {
    CountDownLatch sent = new CountDownLatch(1);
    try (RawServer rejecting =
            RawServer.start(
                TestTls.rejectingServer(sent).getServerSocketFactory(),
                (socket, number) -> {
                  ((SSLSocket) socket).setNeedClientAuth(true);
                  ((SSLSocket) socket).startHandshake();
                });
        RawServer other = RawServer.start((socket, number) -> connections.incrementAndGet())) {
      MESH.on("catalog", MESH.sendSecured(rejecting.port()), MESH.send(other.port()), done());
      HttpURLConnection connection = open("/upload");
      connection.setDoOutput(true);
      connection.setFixedLengthStreamingMode(5);
      try (OutputStream out = connection.getOutputStream()) {
        out.write(new byte[5]);
      }
      sent.countDown();

      assertThatThrownBy(connection::getInputStream).isInstanceOf(IOException.class);

      assertThat(connections).as("at the other endpoint").hasValue(0);
      assertThat(MESH.drainEvents())
          .anyMatch(event -> event.startsWith("failed RESET"))
          .noneMatch(event -> event.startsWith("failed CONNECT"));
    }
  }

  /**
   * The JDK sends it again when a kept connection dies of it, and finds nobody there: the first
   * sending may have been processed.
   */
  @ParameterizedTest
  @CsvSource({"POST, RESET", "PUT, CONNECT", "DELETE, CONNECT"})
  void whatDiedOnAKeptConnectionWasSent(String method, String kind) throws Exception {
    try (RawServer dying = dyingOfTheSecondRequest()) {
      MESH.on("catalog", MESH.send(dying.port()), done());
      assertThat(open("/items").getInputStream().readAllBytes()).asString().isEqualTo("ok");
      MESH.drainEvents();
      MESH.on("catalog", MESH.send(dying.port()), done());
      HttpURLConnection connection = open("/items");
      connection.setRequestMethod(method);
      if (!method.equals("DELETE")) {
        connection.setDoOutput(true);
        connection.getOutputStream().write(new byte[5]);
      }

      assertThatThrownBy(connection::getInputStream).isInstanceOf(ConnectException.class);

      assertThat(connections).hasValue(1);
      assertThat(MESH.drainEvents()).endsWith("failed " + kind + " ConnectException");
    }
  }

  /** A server that stops may still have the system take connections for it. */
  @Test
  void aHandshakeThatBreaksOffWasNoConnection() throws Exception {
    SSLSocketFactory tls = TestTls.server().getSocketFactory();
    try (RawServer stopping =
        RawServer.start(
            (plain, number) -> {
              if (connections.incrementAndGet() > 1) {
                RawServer.reset(plain);
                return;
              }
              SSLSocket socket = (SSLSocket) tls.createSocket(plain, null, 0, true);
              socket.setUseClientMode(false);
              RawServer.head(socket);
              RawServer.write(socket, RawServer.OK);
              RawServer.head(socket);
            })) {
      for (int i = 0; i < 2; i++) {
        MESH.drainEvents();
        MESH.on("catalog", MESH.sendSecured(stopping.port()), done());
        HttpURLConnection connection = open("/items");
        if (i == 0) {
          assertThat(connection.getInputStream().readAllBytes()).asString().isEqualTo("ok");
        } else {
          assertThatThrownBy(connection::getInputStream).isInstanceOf(IOException.class);
        }
      }
    }
    assertThat(connections).hasValue(2);
    assertThat(MESH.drainEvents())
        .last(InstanceOfAssertFactories.STRING)
        .startsWith("failed CONNECT ");
  }

  /** Answers one request, and is gone with the next. */
  private RawServer dyingOfTheSecondRequest() throws IOException {
    return RawServer.once(
        (socket, number) -> {
          connections.incrementAndGet();
          RawServer.head(socket);
          RawServer.write(socket, RawServer.OK);
          RawServer.head(socket);
        });
  }

  /** Resets each connection when the body has begun. */
  private RawServer breaking() throws IOException {
    return RawServer.start(
        (socket, number) -> {
          connections.incrementAndGet();
          RawServer.head(socket);
          RawServer.reset(socket);
        });
  }
}
