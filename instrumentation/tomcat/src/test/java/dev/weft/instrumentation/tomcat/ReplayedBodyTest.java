package dev.weft.instrumentation.tomcat;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A judge reads a body, and the application reads all of it. */
class ReplayedBodyTest extends OnEachTomcat {

  private static final String LONG = "0123456789".repeat(10_000);

  /** Blocking, and without blocking. */
  private static final List<String> READERS = List.of("/echo", "/nonblocking");

  @Test
  void aBodyWithALengthIsReadTwice() throws IOException {
    for (String path : READERS) {
      try (Wire wire = Wire.plain(tomcat.port())) {
        wire.send("POST", path, "x-judge: body", "x-at-least: 1000000", "content-length: 100000");
        wire.write(LONG);
        assertThat(wire.read().text()).as(path).isEqualTo(LONG);
        tomcat.awaitEvent("buffered 100000 true");
        if (path.equals("/echo")) {
          tomcat.awaitEvent("transferred 100000 100000");
        }
        // The connection is for other requests, whose bodies are their own.
        wire.send("POST", path, "content-length: 3");
        wire.write("abc");
        assertThat(wire.read().text()).as(path).isEqualTo("abc");
        wire.send("POST", path, "x-judge: body", "x-at-least: 2", "content-length: 3");
        wire.write("abc");
        assertThat(wire.read().text()).as(path).isEqualTo("abc");
      }
    }
  }

  @Test
  void chunksAreReadTwice() throws IOException {
    for (String path : READERS) {
      try (Wire wire = Wire.mesh(tomcat.port(), client)) {
        wire.send("POST", path, "x-judge: body", "x-at-least: 1000", "transfer-encoding: chunked");
        wire.write("5\r\nabcde\r\n");
        wire.write("3\r\nfgh\r\n0\r\n\r\n");
        assertThat(wire.read().text()).as(path).isEqualTo("abcdefgh");
        tomcat.awaitEvent("buffered 8 true");
        assertThat(wire.get("/report").status()).isEqualTo(200);
      }
    }
  }

  /** The judge is content with the beginning; the rest comes when the application reads. */
  @Test
  void whatComesLaterFollowsWhatWasRead() throws IOException {
    for (String path : READERS) {
      try (Wire wire = Wire.plain(tomcat.port())) {
        wire.send("POST", path, "x-judge: body", "x-at-least: 4", "content-length: 100004");
        wire.write("abcd");
        tomcat.awaitEvent("buffered 4 false");
        wire.write(LONG);
        assertThat(wire.read().text()).as(path).isEqualTo("abcd" + LONG);
        assertThat(wire.get("/report").status()).isEqualTo(200);
      }
    }
  }

  @Test
  void noBodyIsNone() throws IOException {
    try (Wire wire = Wire.plain(tomcat.port())) {
      assertThat(wire.get("/report", "x-judge: body", "x-at-least: 4").status()).isEqualTo(200);
      tomcat.awaitEvent("buffered 0 true");
    }
  }

  /** Envoy, too, asks for the body before it is asked what it thinks of it, and only once. */
  @Test
  void whoExpectsToBeToldToSendIsTold() throws IOException {
    try (Wire wire = Wire.plain(tomcat.port())) {
      wire.send(
          "POST",
          "/nonblocking",
          "x-judge: body",
          "x-at-least: 9",
          "content-length: 3",
          "expect: 100-continue");
      assertThat(wire.readHead().status()).isEqualTo(100);
      wire.write("abc");
      Wire.Response response = wire.read();
      assertThat(response.status()).isEqualTo(200);
      assertThat(response.text()).isEqualTo("abc");
    }
  }

  /** Half of Tomcat's 200 threads. */
  @Test
  void whoseBodiesAreSlowLeaveThreadsToOthers() throws IOException {
    List<Wire> slow = new ArrayList<>();
    String[] headers = {"x-judge: body", "x-at-least: 9", "content-length: 9"};
    try (Wire other = Wire.plain(tomcat.port())) {
      for (int i = 0; i < 100; i++) {
        Wire wire = Wire.plain(tomcat.port());
        slow.add(wire);
        wire.send("POST", "/echo?slow" + i, headers);
        tomcat.awaitEvent("inbound POST /echo?slow" + i + " ");
      }
      other.send("POST", "/echo", headers);
      Wire.Response refused = other.read();
      assertThat(refused.status()).isEqualTo(503);
      assertThat(refused.headers()).containsEntry("connection", "close");
      assertThat(other.isClosedByServer()).isTrue();
      tomcat.awaitEvent("completed /echo");
      try (Wire without = Wire.plain(tomcat.port())) {
        assertThat(without.get("/report").status()).isEqualTo(200);
      }
      slow.get(0).write("123456789");
      assertThat(slow.get(0).read().text()).isEqualTo("123456789");
      slow.get(0).send("POST", "/echo", headers);
      slow.get(0).write("987654321");
      assertThat(slow.get(0).read().text()).isEqualTo("987654321");
    } finally {
      for (Wire wire : slow) {
        wire.close();
      }
    }
  }

  @Test
  void http2() throws Exception {
    HttpClient http =
        HttpClient.newBuilder().version(HttpClient.Version.HTTP_2).sslContext(http2Client).build();
    for (String path : READERS) {
      for (long atLeast : List.of(4L, 1_000_000L)) {
        for (BodyPublisher body :
            List.of(
                BodyPublishers.ofString(LONG),
                BodyPublishers.ofInputStream(
                    () -> new ByteArrayInputStream(LONG.getBytes(StandardCharsets.US_ASCII))))) {
          HttpResponse<String> response =
              http.send(
                  HttpRequest.newBuilder(URI.create("https://localhost:" + tomcat.port() + path))
                      .header("x-judge", "body")
                      .header("x-at-least", Long.toString(atLeast))
                      .POST(body)
                      .build(),
                  BodyHandlers.ofString());
          assertThat(response.version()).isEqualTo(HttpClient.Version.HTTP_2);
          assertThat(response.body()).as(path + " " + atLeast).isEqualTo(LONG);
        }
      }
    }
  }
}
