package dev.weft.instrumentation.httpurlconnection;

import static dev.weft.instrumentation.httpurlconnection.ScriptedMesh.done;
import static dev.weft.instrumentation.httpurlconnection.WovenConnection.MESH;
import static dev.weft.instrumentation.httpurlconnection.WovenConnection.open;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.engine.Answer;
import dev.weft.engine.Header;
import dev.weft.engine.ResponseFlag;
import dev.weft.engine.outbound.OutboundStep;
import dev.weft.engine.outbound.ResponseRecorder;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The engine gets a response's body as the application reads it, and can give it again. */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ResponseRecordingTest {

  private static final String SIZED =
      "HTTP/1.1 200 OK\r\nX-Some: one\r\ncontent-length: 10\r\n\r\n0123456789";

  private static final String CHUNKED =
      "HTTP/1.1 200 OK\r\nX-Some: one\r\ntransfer-encoding: chunked\r\n\r\n"
          + "4\r\n0123\r\n6\r\n456789\r\n0\r\n\r\n";

  private static final class Recording implements ResponseRecorder {

    private final ByteArrayOutputStream body = new ByteArrayOutputStream();
    private boolean ended;
    private boolean gaveUp;

    @Override
    public void write(ByteBuffer part) {
      byte[] bytes = new byte[part.remaining()];
      part.duplicate().get(bytes);
      body.writeBytes(bytes);
    }

    @Override
    public void end() {
      ended = true;
    }

    @Override
    public void giveUp() {
      gaveUp = true;
    }
  }

  @FunctionalInterface
  private interface Reading {
    void read(InputStream body) throws Exception;
  }

  private static Arguments row(String name, Reading reading) {
    return Arguments.of(name, reading);
  }

  static Stream<Arguments> readings() {
    return Stream.of(
        row("whole", InputStream::readAllBytes),
        row("transferred", body -> body.transferTo(OutputStream.nullOutputStream())),
        row(
            "byte by byte",
            body -> {
              while (body.read() >= 0) {}
            }),
        row(
            "skipping",
            body -> {
              body.skipNBytes(3);
              body.readAllBytes();
            }));
  }

  @AfterEach
  void noAdviceFailed() {
    assertThat(WovenConnection.failures()).isZero();
    MESH.drainEvents();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("readings")
  void theBodyIsRecordedHoweverItIsRead(String name, Reading reading) throws Exception {
    for (String response : List.of(SIZED, CHUNKED)) {
      Recording recording = new Recording();
      try (RawServer server = RawServer.answering(response)) {
        MESH.on("catalog", MESH.send(server.port(), recording), done());
        reading.read(open("/items").getInputStream());
      }
      assertThat(recording.body.toString(ISO_8859_1)).isEqualTo("0123456789");
      assertThat(recording.ended).isTrue();
      assertThat(recording.gaveUp).isFalse();
      assertThat(MESH.headersAtResponse()).contains(new Header("x-some", "one"));
    }
  }

  @Test
  void aBodyThatIsClosedBeforeItsEndHasNone() throws Exception {
    Recording recording = new Recording();
    try (RawServer server = RawServer.answering(SIZED)) {
      MESH.on("catalog", MESH.send(server.port(), recording), done());
      try (InputStream body = open("/items").getInputStream()) {
        assertThat(body.read()).isEqualTo('0');
      }
    }
    assertThat(recording.body.toString(ISO_8859_1)).isEqualTo("0");
    assertThat(recording.ended).isFalse();
  }

  @Test
  void aBodyThatIsReadTwiceIsGivenUp() throws Exception {
    Recording recording = new Recording();
    try (RawServer server =
        RawServer.answering(SIZED.replace("X-Some: one", "connection: close"))) {
      MESH.on("catalog", MESH.send(server.port(), recording), done());
      try (InputStream body = open("/items").getInputStream()) {
        assertThat(body.markSupported()).isTrue();
        body.mark(10);
        body.read();
        body.reset();
        assertThat(body.readAllBytes()).hasSize(10);
      }
    }
    assertThat(recording.gaveUp).isTrue();
  }

  @Test
  void bytesAreGivenAgainAsTheyWere() throws Exception {
    byte[] kept = {0, (byte) 0xff, (byte) 0xfe, '\r', '\n'};
    MESH.on(
        "catalog",
        new OutboundStep.Respond(
            new Answer(
                200,
                List.of(new Header("x-weft-stale", "true")),
                kept,
                ResponseFlag.RESPONSE_FROM_CACHE_FILTER)));

    HttpURLConnection connection = open("/items");

    assertThat(connection.getResponseCode()).isEqualTo(200);
    assertThat(connection.getHeaderField("x-weft-stale")).isEqualTo("true");
    assertThat(connection.getInputStream().readAllBytes()).isEqualTo(kept);
  }
}
