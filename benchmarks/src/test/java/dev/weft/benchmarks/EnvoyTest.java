package dev.weft.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.abort;

import com.sun.net.httpserver.HttpServer;
import dev.weft.demo.process.Http;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** What Weft is compared with does what Weft does. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class EnvoyTest {

  private HttpServer application;
  private Envoy server;
  private Envoy client;

  @BeforeAll
  void start(@TempDir Path directory) throws IOException {
    Path envoy = Envoy.find().orElseGet(EnvoyTest::missing);
    application = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 16);
    application.createContext("/", exchange -> exchange.sendResponseHeaders(200, -1));
    application.start();
    Path identity = directory.resolve("identity");
    Identities.in(identity).with("sidecars", "storefront").with("sidecars", "catalog");
    int applicationPort = application.getAddress().getPort();
    server = Envoy.start(envoy, "envoy-server", values(applicationPort, identity), directory);
    client = Envoy.start(envoy, "envoy-client", values(server.port(), identity), directory);
    server.awaitReady();
    client.awaitReady();
  }

  private static Map<String, String> values(int peerPort, Path identity) throws IOException {
    return Map.of(
        "PEER_PORT", Integer.toString(peerPort),
        "SPANS_PORT", Integer.toString(Http.freePort()),
        "IDENTITY", identity.toString());
  }

  private static Path missing() {
    String reason = "skipped: envoy is not installed";
    if (Bench.toolsRequired()) {
      throw new AssertionError(reason);
    }
    System.out.println(reason);
    return abort(reason);
  }

  @AfterAll
  void stop() {
    if (client != null) {
      client.close();
    }
    if (server != null) {
      server.close();
    }
    if (application != null) {
      application.stop(0);
    }
  }

  private static String url(Envoy envoy) {
    return "http://127.0.0.1:" + envoy.port() + "/items";
  }

  @Test
  void carriesRequestsOverMutualTls() throws IOException, InterruptedException {
    long before = server.count("\\.rbac\\.allowed");
    assertThat(Http.get(url(client), "canary", "false").statusCode()).isEqualTo(200);
    assertThat(server.count("\\.rbac\\.allowed")).isEqualTo(before + 1);
    assertThat(server.count("listener\\..*\\.ssl\\.handshake")).isPositive();
    assertThat(server.count("listener\\..*\\.ssl\\.no_certificate")).isZero();
  }

  @Test
  void routesByHeader() throws IOException, InterruptedException {
    // Nothing runs v2.
    assertThat(Http.get(url(client), "canary", "true").statusCode()).isEqualTo(503);
  }

  @Test
  void thePolicyIsInForce() throws IOException, InterruptedException {
    assertThat(Http.send("DELETE", url(client)).statusCode()).isEqualTo(403);
  }

  @Test
  void plaintextIsRefused() {
    assertThatThrownBy(() -> Http.get(url(server))).isInstanceOf(IOException.class);
  }
}
