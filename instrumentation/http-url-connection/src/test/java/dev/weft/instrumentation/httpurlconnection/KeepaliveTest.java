package dev.weft.instrumentation.httpurlconnection;

import static dev.weft.instrumentation.httpurlconnection.ScriptedMesh.done;
import static dev.weft.instrumentation.httpurlconnection.WovenConnection.MESH;
import static dev.weft.instrumentation.httpurlconnection.WovenConnection.open;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.net.httpserver.HttpServer;
import dev.weft.engine.model.ConnectionOptions;
import dev.weft.engine.model.ConnectionOptions.TcpKeepalive;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import jdk.net.ExtendedSocketOptions;
import org.junit.jupiter.api.Test;

/** Envoy's TcpKeepalive, on the socket that a mesh connection is. */
class KeepaliveTest {

  @Test
  void probesAreAsConfigured() throws IOException {
    try (Socket socket = new Socket()) {
      Keepalive.apply(socket, null);
      assertThat(socket.getKeepAlive()).isFalse();
      int before = socket.getOption(ExtendedSocketOptions.TCP_KEEPCOUNT);

      Keepalive.apply(socket, new TcpKeepalive(75, 5, 0));

      assertThat(socket.getKeepAlive()).isTrue();
      assertThat(socket.getOption(ExtendedSocketOptions.TCP_KEEPIDLE)).isEqualTo(75);
      assertThat(socket.getOption(ExtendedSocketOptions.TCP_KEEPINTERVAL)).isEqualTo(5);
      assertThat(socket.getOption(ExtendedSocketOptions.TCP_KEEPCOUNT))
          .as("the system's")
          .isEqualTo(before);
    }
  }

  /** Linux shows which timer a connection has: 02 is that of its probes. */
  @Test
  void aConnectionOfTheMeshHasThem() throws Exception {
    assumeTrue(Files.exists(Path.of("/proc/net/tcp6")));
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    List<Integer> clientPorts = new ArrayList<>();
    server.createContext(
        "/",
        exchange -> {
          clientPorts.add(exchange.getRemoteAddress().getPort());
          exchange.sendResponseHeaders(200, -1);
          exchange.close();
        });
    server.start();
    MESH.limits =
        new ConnectionOptions(0, Duration.ZERO, Duration.ZERO, new TcpKeepalive(75, 5, 3), 0);
    try {
      MESH.on("catalog", MESH.send(server.getAddress().getPort()), done());
      try (InputStream body = open("/items").getInputStream()) {
        body.readAllBytes();
      }
      assertThat(timer(clientPorts.get(0))).startsWith("02:");
    } finally {
      MESH.limits = ConnectionOptions.NONE;
      MESH.drainEvents();
      server.stop(0);
    }
  }

  private static String timer(int localPort) throws IOException {
    List<String> lines = new ArrayList<>(Files.readAllLines(Path.of("/proc/net/tcp6")));
    lines.addAll(Files.readAllLines(Path.of("/proc/net/tcp")));
    String port = ":%04X".formatted(localPort);
    return lines.stream()
        .map(line -> line.strip().split("\\s+"))
        .filter(columns -> columns[1].endsWith(port))
        .map(columns -> columns[5])
        .findFirst()
        .orElse("none");
  }
}
