package dev.weft.instrumentation.httpurlconnection;

import static dev.weft.instrumentation.httpurlconnection.ScriptedMesh.done;
import static dev.weft.instrumentation.httpurlconnection.WovenConnection.MESH;
import static dev.weft.instrumentation.httpurlconnection.WovenConnection.open;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.engine.model.ConnectionOptions;
import java.io.InputStream;
import java.net.InetAddress;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The PROXY protocol, sections 2.1 and 2.2 of its specification. */
class ProxyHeaderTest {

  @AfterEach
  void asBefore() {
    MESH.limits = ConnectionOptions.NONE;
    MESH.drainEvents();
  }

  private static byte[] header(int version, String source, String target) throws Exception {
    return ProxyHeader.of(
        version, InetAddress.getByName(source), 40_000, InetAddress.getByName(target), 80);
  }

  @Test
  void versionOneIsALine() throws Exception {
    assertThat(new String(header(1, "10.0.0.1", "10.0.0.2"), US_ASCII))
        .isEqualTo("PROXY TCP4 10.0.0.1 10.0.0.2 40000 80\r\n");
    assertThat(new String(header(1, "fd00::1", "fd00::2"), US_ASCII))
        .isEqualTo("PROXY TCP6 fd00:0:0:0:0:0:0:1 fd00:0:0:0:0:0:0:2 40000 80\r\n");
  }

  @Test
  void versionTwoIsBinary() throws Exception {
    String signature = "0d0a0d0a000d0a515549540a";
    assertThat(HexFormat.of().formatHex(header(2, "10.0.0.1", "10.0.0.2")))
        .isEqualTo(signature + "2111000c" + "0a000001" + "0a000002" + "9c40" + "0050");
    assertThat(HexFormat.of().formatHex(header(2, "fd00::1", "fd00::2")))
        .isEqualTo(
            signature
                + "21210024"
                + "fd000000000000000000000000000001"
                + "fd000000000000000000000000000002"
                + "9c40"
                + "0050");
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
