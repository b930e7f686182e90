package dev.weft.smoke;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.weft.demo.process.Await;
import dev.weft.demo.process.MeshedApplication;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * A port whose connections the agent can close, and not guard.
 *
 * @param request what makes the application answer; one character for each byte
 */
record UnguardedPort(MeshedApplication application, int port, String request) {

  private static final ObjectMapper JSON = new ObjectMapper();

  /** With the request sent. */
  Socket connect() throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout((int) ShopMesh.SOON.toMillis());
    socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
    return socket;
  }

  static int firstByte(Socket connection) throws IOException {
    return connection.getInputStream().read();
  }

  /** From the first one that is accepted, be it while the application starts. */
  void assertClosesUnanswered(int connections) {
    Await.until(
        "port " + port + " is listened on",
        ShopMesh.LONG,
        Duration.ofMillis(1),
        this::closesUnanswered);
    for (int i = 1; i < connections; i++) {
      assertThat(closesUnanswered()).as("accepted as the ones before").isTrue();
    }
  }

  /**
   * Sends a request, which must not be answered.
   *
   * @return whether the connection was accepted, and then closed
   */
  boolean closesUnanswered() {
    application.process().requireAlive();
    try (Socket socket = connect()) {
      assertThat(firstByte(socket)).isEqualTo(-1);
      return true;
    } catch (ConnectException notBound) {
      return false;
    } catch (SocketTimeoutException e) {
      throw new AssertionError("neither answered nor closed", e);
    } catch (IOException reset) {
      return true;
    }
  }

  /**
   * @param by the class that listens
   */
  void assertShownAsUnguarded(String by) throws Exception {
    JsonNode ports = JSON.readTree(application.configDump()).path("listeningPorts");
    assertThat(ports)
        .filteredOn(shown -> shown.path("port").asInt() == port)
        .singleElement()
        .satisfies(
            shown -> {
              assertThat(shown.path("guardedBy").isNull()).isTrue();
              assertThat(shown.path("by").asText()).isEqualTo(by);
            });
  }
}
