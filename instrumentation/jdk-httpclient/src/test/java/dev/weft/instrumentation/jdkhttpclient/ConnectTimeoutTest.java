package dev.weft.instrumentation.jdkhttpclient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.weft.engine.spi.PeerTls;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Version;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Endpoints that are away without saying so, as those of a node that died. */
@Timeout(60)
class ConnectTimeoutTest extends MeshTest {

  private static final PeerTls PEER = new PeerTls("outbound_.80_._.catalog", List.of(), List.of());
  private static final Duration SOON = Duration.ofSeconds(1);

  /** Its backlog is full: further connections are neither accepted nor refused. */
  private ServerSocket silent;

  private final List<Socket> filling = new ArrayList<>();

  @BeforeEach
  void fillTheBacklog() throws IOException {
    silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    for (int i = 0; i < 3; i++) {
      Socket socket = new Socket();
      filling.add(socket);
      try {
        socket.connect(silent.getLocalSocketAddress(), 100);
      } catch (SocketTimeoutException e) {
        break;
      }
    }
  }

  @AfterEach
  void close() throws IOException {
    for (Socket socket : filling) {
      socket.close();
    }
    silent.close();
  }

  private static HttpClient client(Version version) {
    return HttpClient.newBuilder().version(version).build();
  }

  @ParameterizedTest
  @EnumSource(Version.class)
  void goesElsewhere(Version version) throws Exception {
    TestServer working = server(200, "done");
    FakeMesh.Service service =
        mesh.service("catalog").at(silent.getLocalPort(), working.port()).attempts(2);
    service.connectTimeout = SOON;

    HttpResponse<String> response =
        client(version)
            .send(
                HttpRequest.newBuilder(URI.create("http://catalog/"))
                    .POST(BodyPublishers.ofString("a body"))
                    .build(),
                BodyHandlers.ofString());

    assertThat(response.body()).isEqualTo("done");
    assertThat(mesh.onlyCall().attempts.get(0).events).containsExactly("failed CONNECT");
    assertThat(working.seen).extracting(TestServer.Seen::body).containsExactly("a body");
  }

  /** As Envoy's: the handshake is part of it. */
  @ParameterizedTest
  @EnumSource(Version.class)
  void coversTheHandshake(Version version) throws Exception {
    try (ServerSocket mute = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
      mesh.tls = new TestTls();
      FakeMesh.Service service = mesh.service("catalog").at(mute.getLocalPort()).attempts(2);
      service.peer = PEER;
      service.connectTimeout = SOON;

      assertThatThrownBy(
              () -> client(version).send(get("http://catalog/"), BodyHandlers.ofString()))
          .isInstanceOf(HttpConnectTimeoutException.class)
          .hasMessage("HTTP connect timed out");

      assertThat(mesh.onlyCall().cancelled).isFalse();
      assertThat(mesh.onlyCall().attempts)
          .hasSize(2)
          .allSatisfy(attempt -> assertThat(attempt.events).containsExactly("failed CONNECT"));
    }
  }

  @Test
  void timesOutConnecting() {
    mesh.service("catalog").at(silent.getLocalPort());
    HttpClient client = HttpClient.newBuilder().connectTimeout(Duration.ofMillis(200)).build();

    assertThatThrownBy(() -> client.send(get("http://catalog/"), BodyHandlers.ofString()))
        .isExactlyInstanceOf(HttpConnectTimeoutException.class)
        .hasMessage("HTTP connect timed out");
    FakeMesh.Call call = mesh.onlyCall();
    await().untilAsserted(() -> assertThat(call.cancelled).isTrue());
  }

  /** It bounds the application's whole call, as without Weft. */
  @Test
  void leavesTheApplicationsOwnTimeoutAlone() {
    FakeMesh.Service service = mesh.service("catalog").at(silent.getLocalPort()).attempts(2);
    service.connectTimeout = Duration.ofSeconds(30);
    HttpClient client = HttpClient.newBuilder().connectTimeout(SOON).build();

    assertThatThrownBy(() -> client.send(get("http://catalog/"), BodyHandlers.ofString()))
        .isInstanceOf(HttpConnectTimeoutException.class);

    assertThat(mesh.onlyCall().cancelled).isTrue();
    assertThat(mesh.onlyCall().attempts).hasSize(1);
    assertThat(mesh.onlyCall().attempts.get(0).events).containsExactly("failed ABORTED");
  }
}
