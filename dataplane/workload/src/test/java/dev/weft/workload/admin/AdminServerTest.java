package dev.weft.workload.admin;

import static java.net.http.HttpResponse.BodyHandlers.ofString;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AdminServerTest {

  private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

  private final HttpClient client = HttpClient.newHttpClient();

  @Test
  void servesPagesByMethodAndPath() throws Exception {
    try (AdminServer server =
        AdminServer.start(
            LOOPBACK,
            0,
            Map.of(
                "/hello", query -> Page.text(200, "hello " + query),
                "POST /quit", query -> Page.text(200, "bye")))) {

      assertThat(get(server, "/hello?you").body()).isEqualTo("hello you");
      assertThat(get(server, "/quit").statusCode()).isEqualTo(404);
      assertThat(get(server, "/nothing").body()).contains("/hello");
      HttpRequest quit =
          HttpRequest.newBuilder(uri(server, "/quit")).POST(BodyPublishers.ofString("x")).build();
      assertThat(client.send(quit, ofString()).body()).isEqualTo("bye");
    }
  }

  @Test
  void aPageThatFailsSaysSo() throws Exception {
    try (AdminServer server =
        AdminServer.start(
            LOOPBACK,
            0,
            Map.of(
                "/broken",
                query -> {
                  throw new IllegalStateException("out of thread");
                }))) {

      HttpResponse<String> response = get(server, "/broken");

      assertThat(response.statusCode()).isEqualTo(500);
      assertThat(response.body()).contains("out of thread");
    }
  }

  @Test
  void takesAnotherPortIfItsOwnIsTaken() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, LOOPBACK);
        AdminServer server =
            AdminServer.start(
                LOOPBACK, taken.getLocalPort(), Map.of("/up", query -> Page.text(200, "up")))) {

      assertThat(server.port()).isNotEqualTo(taken.getLocalPort());
      assertThat(get(server, "/up").body()).isEqualTo("up");
    }
  }

  private HttpResponse<String> get(AdminServer server, String path) throws Exception {
    return client.send(HttpRequest.newBuilder(uri(server, path)).build(), ofString());
  }

  private static URI uri(AdminServer server, String path) {
    return URI.create("http://" + LOOPBACK.getHostAddress() + ":" + server.port() + path);
  }
}
