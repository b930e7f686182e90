package dev.weft.instrumentation.httpurlconnection;

import static dev.weft.instrumentation.httpurlconnection.ScriptedMesh.done;
import static dev.weft.instrumentation.httpurlconnection.WovenConnection.MESH;
import static dev.weft.instrumentation.httpurlconnection.WovenConnection.open;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.weft.engine.Answer;
import dev.weft.engine.ResponseFlag;
import dev.weft.engine.outbound.OutboundStep;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** An attempt's time is up while the peer doesn't read, so that the application can't write. */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class AbortTest {

  private static final Answer TIMEOUT =
      new Answer(504, List.of(), "too late", ResponseFlag.UPSTREAM_REQUEST_TIMEOUT);

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
  void thePolicysAnswerTakesTheResponsesPlace() throws Exception {
    try (RawServer server = RawServer.start((socket, number) -> over.await())) {
      abortsWhileWriting(MESH.send(server.port()));
    }
  }

  @Test
  void doesNotWaitForAWriterToATlsConnection() throws Exception {
    try (RawServer server = stallingAfter(0)) {
      abortsWhileWriting(MESH.sendSecured(server.port()));
    }
  }

  @Test
  void doesNotWaitForAWriterToAKeptTlsConnection() throws Exception {
    try (RawServer server = stallingAfter(1)) {
      MESH.on("catalog", MESH.sendSecured(server.port()), done());
      try (InputStream in = open("/items").getInputStream()) {
        in.readAllBytes();
      }
      abortsWhileWriting(MESH.sendSecured(server.port()));
    }
  }

  private static void abortsWhileWriting(OutboundStep.Send send) throws Exception {
    MESH.on("catalog", send, new OutboundStep.Respond(TIMEOUT));
    FutureTask<Integer> status =
        new FutureTask<>(
            () -> {
              HttpURLConnection connection = open("/upload");
              connection.setDoOutput(true);
              connection.getOutputStream().write(new byte[20_000_000]);
              return connection.getResponseCode();
            });
    Thread application = new Thread(status);
    application.setDaemon(true);
    application.start();
    await()
        .during(Duration.ofMillis(300)) // until no buffer takes any more
        .until(() -> WovenConnection.isIn(application, "implWrite"));

    assertTimeoutPreemptively(Duration.ofSeconds(10), () -> ScriptedMesh.abort(send));

    assertThat(status.get()).isEqualTo(504);
    assertThat(MESH.events()).contains("failed ABORTED SocketException");
  }

  /** Reads the handshake, and so many requests. */
  private RawServer stallingAfter(int requests) throws IOException {
    return RawServer.start(
        TestTls.server().getServerSocketFactory(),
        (socket, number) -> {
          for (int i = 0; i < requests; i++) {
            RawServer.head(socket);
            RawServer.write(socket, RawServer.OK);
          }
          ((SSLSocket) socket).startHandshake();
          over.await();
        });
  }
}
