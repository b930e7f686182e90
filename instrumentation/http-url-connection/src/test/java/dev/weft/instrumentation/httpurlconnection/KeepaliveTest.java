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
import java.net.SocketOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Envoy's TcpKeepalive, on the socket that a mesh connection is. */
class KeepaliveTest {

  /** Where the application has left out module jdk.net, there are the system's. */
  @Test
  void probesAreAsConfigured() throws IOException {
    try (Socket socket = new Socket()) {
      Keepalive.apply(socket, null);
      assertThat(socket.getKeepAlive()).isFalse();
      Map<String, Object> expected = probes(socket);
      if (ModuleLayer.boot().findModule("jdk.net").isPresent()) {
        assertThat(expected).containsKey("TCP_KEEPCOUNT");
        expected.put("TCP_KEEPIDLE", 75);
        expected.put("TCP_KEEPINTERVAL", 5);
      }

      Keepalive.apply(socket, new TcpKeepalive(75, 5, 0));

      assertThat(socket.getKeepAlive()).isTrue();
      assertThat(probes(socket)).isEqualTo(expected);
    }
  }

  private static Map<String, Object> probes(Socket socket) throws IOException {
    Map<String, Object> probes = new HashMap<>();
    for (SocketOption<?> option : socket.supportedOptions()) {
      if (option.name().startsWith("TCP_KEEP")) {
        probes.put(option.name(), socket.getOption(option));
      }
    }
    return probes;
  }

  /** Linux shows which timer a connection has: 02 is that of its probes. */
  @Test
  void aConnectionOfTheMeshHasThem() throws Exception {
    assumeTrue(Files.exists(Path.of("/proc/net/tcp6")), "Linux alone has /proc/net/tcp6");
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
