package dev.weft.workload.admin;

import static java.net.http.HttpResponse.BodyHandlers.ofString;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.zip.GZIPInputStream;
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

  /** RFC 9110 §12.5.3; Prometheus asks for it. */
  @Test
  void whoTakesGzipGetsItOfMetrics() throws Exception {
    String page = "weft{a=\"b\"} 1\n".repeat(10_000);
    try (AdminServer server =
        AdminServer.start(
            LOOPBACK,
            0,
            Map.of(
                "/metrics",
                    query ->
                        new Page(
                            200, "text/plain", true, out -> out.write(page.getBytes(US_ASCII))),
                "/other", query -> Page.text(200, page)))) {
      for (String taken : List.of("gzip", "deflate, gzip;q=0.5")) {
        HttpResponse<byte[]> response =
            client.send(
                HttpRequest.newBuilder(uri(server, "/metrics"))
                    .header("Accept-Encoding", taken)
                    .build(),
                BodyHandlers.ofByteArray());
        assertThat(response.headers().firstValue("content-encoding")).hasValue("gzip");
        assertThat(response.body()).hasSizeLessThan(page.length() / 50);
        InputStream body = new GZIPInputStream(new ByteArrayInputStream(response.body()));
        assertThat(new String(body.readAllBytes(), US_ASCII)).isEqualTo(page);
      }
      for (String refused : List.of("gzip;q=0", "identity")) {
        HttpResponse<String> response =
            client.send(
                HttpRequest.newBuilder(uri(server, "/metrics"))
                    .header("Accept-Encoding", refused)
                    .build(),
                ofString());
        assertThat(response.body()).as(refused).isEqualTo(page);
      }
      HttpRequest other =
          HttpRequest.newBuilder(uri(server, "/other")).header("Accept-Encoding", "gzip").build();
      assertThat(client.send(other, ofString()).body()).isEqualTo(page);
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
  void noFailureEndsTheService() throws Exception {
    try (AdminServer server =
        AdminServer.start(
            LOOPBACK,
            0,
            Map.of(
                "/up", query -> Page.text(200, "up"),
                "/whole",
                    query -> {
                      throw new OutOfMemoryError("on purpose");
                    },
                "/half",
                    query ->
                        new Page(
                            200,
                            "text/plain",
                            out -> {
                              out.write("x".repeat(100_000).getBytes(US_ASCII));
                              throw new OutOfMemoryError("on purpose");
                            })))) {
      for (int i = 0; i < 2 * AdminServer.THREADS; i++) {
        assertThat(get(server, "/whole").statusCode()).isEqualTo(500);
        assertThatThrownBy(() -> get(server, "/half"))
            .as("what is cut short says so")
            .isInstanceOf(IOException.class);
      }
      assertThat(get(server, "/up").body()).isEqualTo("up");
    }
  }

  @Test
  void aPageIsSentAsItIsMade() throws Exception {
    CountDownLatch seen = new CountDownLatch(1);
    Page large =
        new Page(
            200,
            "text/plain",
            out -> {
              out.write("x".repeat(100_000).getBytes(US_ASCII));
              try {
                out.write(seen.await(10, SECONDS) ? '!' : '?');
              } catch (InterruptedException e) {
                throw new IOException(e);
              }
            });
    try (AdminServer server = AdminServer.start(LOOPBACK, 0, Map.of("/large", query -> large));
        Socket visitor = new Socket(LOOPBACK, server.port())) {
      visitor.getOutputStream().write("GET /large HTTP/1.0\r\n\r\n".getBytes(US_ASCII));
      visitor.getInputStream().readNBytes(50_000);
      seen.countDown();
      assertThat(new String(visitor.getInputStream().readAllBytes(), US_ASCII)).endsWith("x!");
    }
  }

  @Test
  void speaksHttp10WithoutChunks() throws Exception {
    try (AdminServer server =
            AdminServer.start(LOOPBACK, 0, Map.of("/up", query -> Page.text(200, "up")));
        Socket visitor = new Socket(LOOPBACK, server.port())) {
      visitor.getOutputStream().write("GET /up HTTP/1.0\r\n\r\n".getBytes(US_ASCII));
      assertThat(new String(visitor.getInputStream().readAllBytes(), US_ASCII))
          .doesNotContain("chunked")
          .endsWith("\r\n\r\nup");
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

  @Test
  void visitorsThatDontReadDontKeepOthersOut() throws Exception {
    String large = "x".repeat(20_000_000);
    List<Socket> visitors = new ArrayList<>();
    try (AdminServer server =
        AdminServer.start(
            LOOPBACK,
            0,
            Map.of("/large", query -> Page.text(200, large), "/up", query -> Page.text(200, "up")),
            Duration.ofMillis(300))) {
      for (int i = 0; i < 2 * AdminServer.THREADS; i++) {
        Socket visitor = new Socket(LOOPBACK, server.port());
        visitors.add(visitor);
        visitor.getOutputStream().write("GET /large HTTP/1.1\r\n\r\n".getBytes(US_ASCII));
      }

      assertThat(get(server, "/up").body()).isEqualTo("up");
    } finally {
      for (Socket visitor : visitors) {
        visitor.close();
      }
    }
  }

  @Test
  void aHeadWithoutEndIsCutOff() throws Exception {
    try (AdminServer server =
            AdminServer.start(LOOPBACK, 0, Map.of("/up", query -> Page.text(200, "up")));
        Socket visitor = new Socket(LOOPBACK, server.port())) {
      visitor.setSoTimeout(10_000);
      OutputStream out = visitor.getOutputStream();
      assertThatThrownBy(
              () -> {
                out.write("GET /up HTTP/1.1\r\n".getBytes(US_ASCII));
                for (int i = 0; i < 1_000_000; i++) {
                  out.write("x: y\r\n".repeat(100).getBytes(US_ASCII));
                }
              })
          .as("closed while there is more to say")
          .isInstanceOf(IOException.class);
    }
  }

  private HttpResponse<String> get(AdminServer server, String path) throws Exception {
    return client.send(HttpRequest.newBuilder(uri(server, path)).build(), ofString());
  }

  private static URI uri(AdminServer server, String path) {
    return URI.create("http://" + LOOPBACK.getHostAddress() + ":" + server.port() + path);
  }
}
