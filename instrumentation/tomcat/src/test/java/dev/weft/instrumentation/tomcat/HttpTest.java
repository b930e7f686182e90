package dev.weft.instrumentation.tomcat;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What HTTP can do is unharmed, in plaintext and under the mesh's TLS. Prints a matrix. */
class HttpTest extends OnEachTomcat {

  enum Transport {
    PLAINTEXT,
    MESH_TLS;

    Wire open() throws IOException {
      return this == PLAINTEXT ? Wire.plain(tomcat.port()) : Wire.mesh(tomcat.port(), client);
    }
  }

  private static final Map<String, Map<Transport, String>> matrix = new TreeMap<>();

  private static void works(String feature, Transport transport) {
    matrix.computeIfAbsent(feature, key -> new EnumMap<>(Transport.class)).put(transport, "works");
  }

  @AfterParameterizedClassInvocation
  static void print(Platform platform) {
    StringBuilder row = new StringBuilder("matrix | " + platform);
    matrix.forEach(
        (feature, outcomes) -> row.append(" | ").append(feature).append(' ').append(outcomes));
    System.out.println(row);
    matrix.clear();
  }

  @ParameterizedTest
  @EnumSource
  void keepAlive(Transport transport) throws IOException {
    try (Wire wire = transport.open()) {
      for (int i = 0; i < 99; i++) {
        assertThat(wire.get("/report").headers()).doesNotContainEntry("connection", "close");
      }
      works("keep-alive", transport);
    }
  }

  @Test
  void meshConnectionsAreNotClosedAfterAHundredRequests() throws IOException {
    try (Wire wire = Wire.mesh(tomcat.port(), client)) {
      for (int i = 0; i < 350; i++) {
        assertThat(wire.get("/report").headers()).doesNotContainEntry("connection", "close");
      }
    }
    // The application's own setting holds for the others.
    try (Wire wire = Wire.plain(tomcat.port())) {
      for (int i = 0; i < 99; i++) {
        assertThat(wire.get("/report").headers()).doesNotContainEntry("connection", "close");
      }
      assertThat(wire.get("/report").headers()).containsEntry("connection", "close");
      assertThat(wire.isClosedByServer()).isTrue();
    }
  }

  /** Not 400, which would be the caller's fault; and nobody is asked about what wasn't read. */
  @Test
  void aRequestThatComesAsItsConnectorPausesIsToBeTriedElsewhere() throws IOException {
    for (int i = 0; i < 3; i++) {
      try (Wire wire = Wire.mesh(tomcat.pausingPort(), client)) {
        Wire.Response response = wire.get("/report", "x-judge: refuse");
        assertThat(response.status()).isEqualTo(503);
        assertThat(response.headers())
            .containsEntry("connection", "close")
            .containsEntry("content-length", "0");
        assertThat(wire.isClosedByServer()).isTrue();
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void pipelining(Transport transport) throws IOException {
    try (Wire wire = transport.open()) {
      StringBuilder requests = new StringBuilder();
      for (int i = 0; i < 20; i++) {
        String judge = i % 5 == 4 ? "x-judge: refuse\r\n" : "";
        requests.append("GET /report?" + i + " HTTP/1.1\r\nhost: app\r\n" + judge + "\r\n");
      }
      wire.write(requests.toString());
      for (int i = 0; i < 20; i++) {
        Wire.Response response = wire.read();
        if (i % 5 == 4) {
          assertThat(response.status()).isEqualTo(403);
        } else {
          assertThat(response.line("context")).isEqualTo("trace-of-/report?" + i);
        }
      }
      works("pipelining", transport);
    }
  }

  @ParameterizedTest
  @EnumSource
  void chunked(Transport transport) throws IOException {
    try (Wire wire = transport.open()) {
      String part = "0123456789".repeat(300);
      wire.send("POST", "/echo", "transfer-encoding: chunked");
      for (int i = 0; i < 10; i++) {
        wire.write(Integer.toHexString(part.length()) + "\r\n" + part + "\r\n");
      }
      wire.write("0\r\n\r\n");
      Wire.Response response = wire.read();
      assertThat(response.headers()).containsEntry("transfer-encoding", "chunked");
      assertThat(response.text()).isEqualTo(part.repeat(10));
      tomcat.awaitEvent("transferred 30000 30000");
      assertThat(wire.get("/report").status()).isEqualTo(200);
      works("chunked", transport);
    }
  }

  @ParameterizedTest
  @EnumSource
  void websocket(Transport transport) throws IOException {
    try (Wire wire = transport.open()) {
      wire.send(
          "GET",
          "/websocket",
          "connection: upgrade",
          "upgrade: websocket",
          "sec-websocket-version: 13",
          "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==");
      assertThat(wire.readHead().status()).isEqualTo(101);
      for (int i = 0; i < 100; i++) {
        byte[] text = ("message " + i).getBytes(StandardCharsets.US_ASCII);
        byte[] frame = new byte[6 + text.length]; // masked with zeros
        frame[0] = (byte) 0x81;
        frame[1] = (byte) (0x80 | text.length);
        System.arraycopy(text, 0, frame, 6, text.length);
        wire.write(frame);
        assertThat(wire.read(2)).containsExactly(0x81, text.length);
        assertThat(wire.read(text.length)).isEqualTo(text);
      }
      assertThat(tomcat.awaitEvent("responded")).startsWith("responded /websocket 101");
      tomcat.awaitEvent("completed /websocket");
      works("websocket", transport);
    }
  }

  @ParameterizedTest
  @EnumSource
  void async(Transport transport) throws IOException {
    try (Wire wire = transport.open()) {
      for (int i = 0; i < 20; i++) {
        assertThat(wire.get("/async").text()).startsWith("async ");
      }
      works("async", transport);
    }
  }

  @ParameterizedTest
  @EnumSource
  void sendfile(Transport transport) throws IOException {
    try (Wire wire = transport.open()) {
      for (int i = 0; i < 3; i++) {
        Wire.Response response = wire.get("/file.bin");
        assertThat(response.text().equals(file)).as("bytes are equal").isTrue();
      }
      assertThat(wire.get("/report").status()).isEqualTo(200);
      works("sendfile", transport);
    }
  }

  @Test
  void http2OverMeshTls() throws Exception {
    HttpClient http =
        HttpClient.newBuilder().version(HttpClient.Version.HTTP_2).sslContext(http2Client).build();
    // One connection for all: of several, the client closes all but one with their first response.
    assertThat(http.send(request("/report?first", ""), BodyHandlers.ofString()).statusCode())
        .isEqualTo(200);
    List<CompletableFuture<HttpResponse<String>>> responses = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      responses.add(
          http.sendAsync(
              request("/report?" + i, i % 10 == 9 ? "refuse" : ""), BodyHandlers.ofString()));
    }
    for (int i = 0; i < 50; i++) {
      HttpResponse<String> response = responses.get(i).join();
      assertThat(response.version()).isEqualTo(HttpClient.Version.HTTP_2);
      if (i % 10 == 9) {
        assertThat(response.statusCode()).isEqualTo(403);
        assertThat(response.body()).isEqualTo("RBAC: access denied");
      } else {
        assertThat(response.headers().firstValue("x-responded")).contains("yes");
        assertThat(response.body())
            .contains("scheme http\n", "secure false\n", "certificate null\n")
            .contains("protocol HTTP/2.0\n")
            .contains("context trace-of-/report?" + i + "\n");
      }
      tomcat.awaitEvent("completed /report?" + i);
    }
    assertThat(tomcat.awaitEvent("inbound GET /report?0 "))
        .contains(" localhost:" + tomcat.port() + " HTTP/2 " + CLIENT + " ");
    tomcat.forget();
    assertThat(
            http.send(request("/file.bin", ""), BodyHandlers.ofString(StandardCharsets.ISO_8859_1))
                .body()
                .equals(file))
        .isTrue();
    tomcat.awaitEvent("completed /file.bin");
    assertThat(http.send(request("/async", ""), BodyHandlers.ofString()).body())
        .isEqualTo("async trace-of-/async");
    tomcat.awaitEvent("completed /async");
    works("http/2", Transport.MESH_TLS);
  }

  /** Threads that read, write and flush one connection meet in its TLS. */
  @Test
  void http2UnderLoad() throws Exception {
    for (int round = 0; round < 5; round++) {
      HttpClient http =
          HttpClient.newBuilder()
              .version(HttpClient.Version.HTTP_2)
              .sslContext(http2Client)
              .build();
      List<CompletableFuture<HttpResponse<String>>> responses = new ArrayList<>();
      for (int i = 0; i < 60; i++) {
        responses.add(http.sendAsync(request("/report?" + i, ""), BodyHandlers.ofString()));
      }
      for (CompletableFuture<HttpResponse<String>> response : responses) {
        assertThat(response.join().statusCode()).isEqualTo(200);
      }
    }
  }

  @Test
  void http2OnTheApplicationsTlsPort() throws Exception {
    HttpClient http =
        HttpClient.newBuilder().version(HttpClient.Version.HTTP_2).sslContext(http2Client).build();
    HttpResponse<String> response =
        http.send(
            HttpRequest.newBuilder(URI.create("https://localhost:" + tomcat.tlsPort() + "/report"))
                .build(),
            BodyHandlers.ofString());
    assertThat(response.version()).isEqualTo(HttpClient.Version.HTTP_2);
    assertThat(response.body()).contains("scheme https\n", "cipher null\n");
  }

  @Test
  void http2IsOfferedOnlyIfTheConnectorHasIt() throws Exception {
    HttpClient http =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_2)
            .sslContext(
                TestTls.meshClient(directory.resolve("client.p12"), "istio-h2", "istio-http/1.1"))
            .build();
    HttpResponse<String> response =
        http.send(
            HttpRequest.newBuilder(
                    URI.create("https://localhost:" + tomcat.http1Port() + "/report"))
                .build(),
            BodyHandlers.ofString());
    assertThat(response.version()).isEqualTo(HttpClient.Version.HTTP_1_1);
  }

  private static HttpRequest request(String path, String judge) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("https://localhost:" + tomcat.port() + path));
    if (!judge.isEmpty()) {
      request.header("x-judge", judge);
    }
    return request.build();
  }

  @AfterEach
  void nothingWasLogged(TestInfo test) {
    assertThat(tomcat.log())
        .as(test.getDisplayName())
        .noneMatch(line -> line.contains(".Trouble "));
  }
}
