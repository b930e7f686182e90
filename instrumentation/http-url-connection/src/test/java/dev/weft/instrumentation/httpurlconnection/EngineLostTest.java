package dev.weft.instrumentation.httpurlconnection;

import static dev.weft.instrumentation.httpurlconnection.ScriptedMesh.done;
import static dev.weft.instrumentation.httpurlconnection.WovenConnection.MESH;
import static dev.weft.instrumentation.httpurlconnection.WovenConnection.open;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.engine.outbound.OutboundStep;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.HttpURLConnection;
import java.net.SocketException;
import java.net.URI;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The engine throws where it never should. The application must meet nothing but the JDK's. */
class EngineLostTest {

  @BeforeEach
  void forget() {
    MESH.drainEvents();
  }

  @AfterEach
  void mend() {
    MESH.failing(null);
    MESH.leave("127.0.0.1");
    WovenConnection.failuresWereMeant();
  }

  @Test
  void aCallThatCannotBeginGoesAsWithoutWeft() throws Exception {
    try (RawServer server = RawServer.answering(RawServer.OK)) {
      MESH.on("127.0.0.1", done());
      MESH.failing("outbound");

      assertThat(status(server)).isEqualTo(200);
      assertThat(WovenConnection.failures()).isEqualTo(1);
    }
  }

  @Test
  void aCallWithoutAFirstStepGoesAsWithoutWeft() throws Exception {
    try (RawServer server = RawServer.answering(RawServer.OK)) {
      MESH.on("127.0.0.1", done());
      MESH.failing("next");

      assertThat(status(server)).isEqualTo(200);
      assertThat(WovenConnection.failures()).isEqualTo(1);
      assertThat(MESH.events()).endsWith("cancelled");
    }
  }

  @Test
  void anAttemptThatCannotBeMadeDoesNotGoAnotherWay() throws Exception {
    try (RawServer server = RawServer.answering(RawServer.OK)) {
      for (String part : List.of("onAbort", "connectionKey", "requestHeaders", "clientContext")) {
        boolean secured = part.equals("clientContext");
        MESH.on(
            "127.0.0.1",
            secured ? MESH.sendSecured(server.port()) : MESH.send(server.port()),
            done());
        MESH.failing(part);

        assertThatThrownBy(() -> status(server)).as(part).isInstanceOf(IOException.class);
      }
      assertThat(WovenConnection.failures()).isEqualTo(4);
    }
  }

  @Test
  void theResponseThatIsThereIsDelivered() throws Exception {
    try (RawServer server = RawServer.answering(RawServer.OK)) {
      for (String part : List.of("responded", "nextAgain")) {
        MESH.on("catalog", MESH.send(server.port()), done());
        MESH.failing(part);

        HttpURLConnection connection = open("/items");
        assertThat(connection.getResponseCode()).as(part).isEqualTo(200);
        try (InputStream body = connection.getInputStream()) {
          assertThat(body.readAllBytes()).asString().isEqualTo("ok");
        }
        assertThat(MESH.drainEvents()).as(part).endsWith("completed").doesNotContain("cancelled");
      }
      assertThat(WovenConnection.failures()).isEqualTo(2);
    }
  }

  @Test
  void aConnectionThatIsKeptStaysOpen() throws Exception {
    Set<Integer> connections = ConcurrentHashMap.newKeySet();
    try (RawServer server =
        RawServer.start(
            (connection, number) -> {
              while (RawServer.head(connection) != null) {
                connections.add(number);
                RawServer.write(connection, RawServer.OK);
              }
            })) {
      for (int i = 0; i < 2; i++) {
        MESH.on("catalog", MESH.send(server.port()), done());
        MESH.failing("completed");
        open("/items").getInputStream().readAllBytes();
      }
      assertThat(connections).hasSize(1);
      assertThat(WovenConnection.failures()).isEqualTo(2);
    }
  }

  @Test
  void theLastAttemptsFailureIsDelivered() throws Exception {
    int closed = RawServer.closedPort();
    for (String part : List.of("failed", "nextAgain")) {
      MESH.on("catalog", MESH.send(closed), MESH.send(closed), done());
      MESH.failing(part);

      assertThatThrownBy(() -> open("/items").getResponseCode())
          .as(part)
          .isExactlyInstanceOf(ConnectException.class);
    }
    assertThat(WovenConnection.failures()).isEqualTo(2);
  }

  @Test
  void theFailureOfARequestThatWasSentIsDelivered() throws Exception {
    try (RawServer server =
        RawServer.start(
            (connection, number) -> {
              RawServer.head(connection);
              RawServer.reset(connection);
            })) {
      OutboundStep.Send send = MESH.send(server.port());
      MESH.on("catalog", send, send, done());
      MESH.failing("failed");

      HttpURLConnection connection = open("/items");
      connection.setRequestMethod("POST");
      connection.setDoOutput(true);
      connection.getOutputStream().write(1);
      assertThatThrownBy(connection::getResponseCode).isInstanceOf(SocketException.class);
      assertThat(WovenConnection.failures()).isEqualTo(1);
    }
  }

  private static int status(RawServer server) throws IOException {
    return ((HttpURLConnection)
            URI.create("http://127.0.0.1:" + server.port() + "/").toURL().openConnection())
        .getResponseCode();
  }
}
