package dev.weft.instrumentation.httpurlconnection;

import static dev.weft.instrumentation.httpurlconnection.ScriptedMesh.done;
import static dev.weft.instrumentation.httpurlconnection.WovenConnection.MESH;
import static dev.weft.instrumentation.httpurlconnection.WovenConnection.open;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.engine.model.ConnectionOptions;
import java.io.InputStream;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Envoy's upstream_proxy_protocol: a header ahead of all else. */
class ProxyProtocolTest {

  @AfterEach
  void asBefore() {
    MESH.limits = ConnectionOptions.NONE;
    MESH.drainEvents();
  }

  /** It comes once, ahead of the first request; a connection without it isn't used in its place. */
  @Test
  void goesAheadOfTheRequests() throws Exception {
    List<String> firstLines = new CopyOnWriteArrayList<>();
    try (RawServer server =
        RawServer.start(
            (connection, number) -> {
              InputStream in = connection.getInputStream();
              for (int i = 0; i < 2; i++) {
                String line = line(in);
                if (line.isEmpty()) {
                  return; // it was closed
                }
                firstLines.add(number + " " + line);
                while (!line.isEmpty()) {
                  line = line(in);
                }
                connection.getOutputStream().write(RawServer.OK.getBytes(ISO_8859_1));
              }
            })) {
      call(server.port(), 0);
      call(server.port(), 1);
      call(server.port(), 1);
    }
    assertThat(firstLines).hasSize(3);
    assertThat(firstLines.get(0)).isEqualTo("1 GET /items HTTP/1.1");
    assertThat(firstLines.get(1)).startsWith("2 PROXY TCP4 127.0.0.1 127.0.0.1 ");
    assertThat(firstLines.get(2)).isEqualTo("2 GET /items HTTP/1.1");
  }

  private static void call(int port, int version) throws Exception {
    MESH.limits = new ConnectionOptions(0, Duration.ZERO, Duration.ZERO, null, version);
    MESH.on("catalog", MESH.send(port), done());
    try (InputStream body = open("/items").getInputStream()) {
      assertThat(new String(body.readAllBytes(), ISO_8859_1)).isEqualTo("ok");
    }
  }

  private static String line(InputStream in) throws Exception {
    StringBuilder line = new StringBuilder();
    for (int c = in.read(); c >= 0 && c != '\n'; c = in.read()) {
      if (c != '\r') {
        line.append((char) c);
      }
    }
    return line.toString();
  }
}
