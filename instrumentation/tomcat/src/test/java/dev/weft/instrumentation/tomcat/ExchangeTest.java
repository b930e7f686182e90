package dev.weft.instrumentation.tomcat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** How requests are judged and observed. */
class ExchangeTest extends OnEachTomcat {

  @Test
  void requestIsDescribedAndItsEndReported() throws IOException {
    try (Wire wire = Wire.mesh(tomcat.port(), client)) {
      Wire.Response response = wire.get("/report?a=%20b");
      assertThat(tomcat.awaitEvent("inbound"))
          .isEqualTo(
              "inbound GET /report?a=%20b app HTTP/1.1 "
                  + CLIENT
                  + " "
                  + wire.localPort()
                  + " "
                  + tomcat.port());
      assertThat(tomcat.awaitEvent("responded")).startsWith("responded /report?a=%20b 200 text/");
      tomcat.awaitEvent("completed /report?a=%20b");
      assertThat(response.headers()).containsEntry("x-responded", "yes");
      assertThat(response.line("context")).isEqualTo("trace-of-/report?a=%20b");
    }
  }

  @Test
  void refusalIsAnAnswerAndKeepsTheConnection() throws IOException {
    try (Wire wire = Wire.mesh(tomcat.port(), client)) {
      wire.send("POST", "/echo", "x-judge: refuse", "content-length: 5000");
      wire.write(new byte[5000]);
      Wire.Response refused = wire.read();
      assertThat(refused.status()).isEqualTo(403);
      assertThat(refused.text()).isEqualTo("RBAC: access denied");
      assertThat(refused.headers())
          .containsEntry("content-length", "19")
          .containsEntry("content-type", "text/plain")
          .containsEntry("x-policy", "none of yours");
      tomcat.awaitEvent("completed /echo");
      assertThat(wire.get("/report").status()).isEqualTo(200);
    }
  }

  @Test
  void refusalOfAnUploadTooLongToSwallowEndsTheConnection() throws IOException {
    try (Wire wire = Wire.plain(tomcat.port())) {
      wire.send("POST", "/echo", "x-judge: refuse", "content-length: 100000000");
      assertThat(wire.readHead().status()).isEqualTo(403);
      assertThatThrownBy(
              () -> {
                for (int i = 0; i < 100; i++) {
                  wire.write(new byte[1_000_000]);
                }
              })
          .isInstanceOf(IOException.class);
    }
  }

  @Test
  void refusalBeforeTheBodyIsSent() throws IOException {
    try (Wire wire = Wire.plain(tomcat.port())) {
      wire.send("POST", "/echo", "x-judge: refuse", "content-length: 10", "expect: 100-continue");
      assertThat(wire.read().status()).isEqualTo(403);
    }
  }

  @Test
  void refusedHead() throws IOException {
    try (Wire wire = Wire.plain(tomcat.port())) {
      wire.send("HEAD", "/report", "x-judge: refuse");
      assertThat(wire.readHead().status()).isEqualTo(403);
      assertThat(wire.get("/report").status()).isEqualTo(200);
    }
  }

  @Test
  void failedJudgementClosesTheConnection() throws IOException {
    try (Wire wire = Wire.plain(tomcat.port())) {
      wire.send("GET", "/report", "x-judge: throw");
      assertThat(wire.isClosedByServer()).isTrue();
      tomcat.awaitEvent("failed /report");
      assertThat(tomcat.events()).noneMatch(event -> event.startsWith("responded"));
    }
  }

  /** While a judge is to read its body: that is no failure of the agent's. */
  @Test
  void clientThatBreaksOffItsUploadEndsTheObservation() throws IOException {
    List<String> logged = tomcat.log();
    for (boolean reset : new boolean[] {false, true}) {
      Wire wire = Wire.plain(tomcat.port());
      wire.send("POST", "/echo?" + reset, "x-judge: body", "x-at-least: 9", "content-length: 9");
      wire.write("123");
      tomcat.awaitEvent("inbound POST /echo?" + reset);
      wire.socket().setSoLinger(reset, 0);
      wire.close();
      tomcat.awaitEvent("failed /echo?" + reset);
    }
    try (Wire wire = Wire.plain(tomcat.http1Port())) { // which waits for two seconds
      wire.send("POST", "/echo?late", "x-judge: body", "x-at-least: 9", "content-length: 9");
      assertThat(wire.isClosedByServer()).isTrue();
      tomcat.awaitEvent("failed /echo?late");
    }
    assertThat(tomcat.log()).isEqualTo(logged);
  }

  @Test
  void failedTelemetryChangesNothing() throws IOException {
    try (Wire wire = Wire.plain(tomcat.port())) {
      assertThat(wire.get("/report", "x-judge: fail-telemetry").status()).isEqualTo(200);
      assertThat(wire.get("/report").status()).isEqualTo(200);
    }
  }

  @Test
  void headersAreEdited() throws IOException {
    try (Wire wire = Wire.plain(tomcat.port())) {
      Wire.Response report =
          wire.get("/report", "x-judge: edit", "x-secret: 1", "X-Secret: 2", "x-added: mine");
      assertThat(report.line("added")).isEqualTo("one");
      assertThat(report.line("secret")).isEqualTo("null");
    }
  }

  /** A token that isn't to be forwarded may stand in the query. */
  @Test
  void theQueryIsReplaced() throws IOException {
    try (Wire wire = Wire.plain(tomcat.port())) {
      assertThat(wire.get("/report?a=1&token=x", "x-judge: query", "x-query: a=1").line("query"))
          .isEqualTo("a=1 [a]");
      assertThat(wire.get("/report?token=x", "x-judge: query", "x-query:").line("query"))
          .isEqualTo("null []");
      assertThat(wire.get("/report?token=x").line("query")).isEqualTo("token=x [token]");
    }
  }

  @Test
  void theApplicationDoesNotSeeWhatPeersSayOfThemselves() throws IOException {
    try (Wire wire = Wire.plain(tomcat.port())) {
      Wire.Response report =
          wire.get(
              "/report",
              "x-envoy-peer-metadata: AAAA",
              "X-Envoy-Peer-Metadata: BBBB",
              "X-ENVOY-PEER-METADATA-ID: sidecar~a~b~c");
      assertThat(report.line("peer")).isEqualTo("null[][]");
    }
  }

  @Test
  void judgementMayTakeItsTime() throws IOException {
    try (Wire wire = Wire.plain(tomcat.port())) {
      assertThat(wire.get("/report", "x-judge: wait").status()).isEqualTo(200);
      tomcat.awaitEvent("waited");
    }
  }

  @Test
  void asynchronousRequestEndsWhenItIsDone() throws IOException {
    try (Wire wire = Wire.mesh(tomcat.port(), client)) {
      assertThat(wire.get("/async").text()).isEqualTo("async trace-of-/async");
      tomcat.awaitEvent("completed /async");
      assertThat(tomcat.events().stream().filter(event -> event.contains("/async")))
          .hasSize(3); // inbound, responded, completed
    }
  }

  @Test
  void clientThatGoesAwayEndsTheObservation() throws IOException {
    Wire wire = Wire.mesh(tomcat.port(), client);
    wire.send("GET", "/endless");
    tomcat.awaitEvent("responded /endless");
    wire.close();
    tomcat.awaitEvent("failed /endless");
  }

  @Test
  void asynchronousRequestThatTimesOutEnds() throws IOException {
    try (Wire wire = Wire.plain(tomcat.port())) {
      assertThat(wire.get("/async?never=1").status()).isEqualTo(500);
      tomcat.awaitEvent("responded /async?never=1 500");
      tomcat.awaitEvent("completed /async?never=1");
    }
  }

  @Test
  void asynchronousRequestEndsWithItsConnection() throws IOException {
    Wire wire = Wire.plain(tomcat.port());
    wire.send("GET", "/async?endless=1");
    tomcat.awaitEvent("responded /async?endless=1");
    wire.close();
    tomcat.awaitEvent("failed /async?endless=1");
  }

  @Test
  void threadsKeepNoContext() throws IOException {
    try (Wire wire = Wire.plain(tomcat.port())) {
      for (int i = 0; i < 20; i++) {
        assertThat(wire.get("/report?" + i).line("context")).isEqualTo("trace-of-/report?" + i);
      }
    }
    tomcat.command("mode DISABLE");
    try (Wire wire = Wire.plain(tomcat.port())) {
      assertThat(wire.get("/report").line("context")).isEqualTo("trace-of-/report");
    }
  }

  @Test
  void http2ResponseSentWholeIsCompleteThoughTheClientLeavesAtOnce() {
    int connections = 400;
    IntStream.range(0, connections)
        .parallel()
        .forEach(
            i -> {
              try (Wire wire = Wire.plain(tomcat.port())) {
                Http2.get(wire, "/report?" + i);
                wire.socket().setSoLinger(true, 0); // by a reset
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
    for (int i = 0; i < connections; i++) {
      assertThat(tomcat.awaitEvent("completed /report?" + i, "failed /report?" + i))
          .startsWith("completed");
    }
  }
}
