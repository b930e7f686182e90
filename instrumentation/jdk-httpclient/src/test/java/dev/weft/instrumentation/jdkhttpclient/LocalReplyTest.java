package dev.weft.instrumentation.jdkhttpclient;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.engine.Answer;
import dev.weft.engine.Header;
import dev.weft.engine.ResponseFlag;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Redirect;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A policy's own answers: to the application, as any other. */
@Timeout(60)
class LocalReplyTest extends MeshTest {

  @Test
  void givesThePolicysOwnAnswerToAnyHandler(@TempDir Path folder) throws Exception {
    mesh.service("catalog").answer = denial(403);
    HttpClient client = http1();
    HttpRequest request = get("http://catalog/");

    HttpResponse<String> text = client.send(request, BodyHandlers.ofString());
    assertThat(text.statusCode()).isEqualTo(403);
    assertThat(text.body()).isEqualTo("RBAC: access denied");
    assertThat(text.headers().firstValue("x-why")).contains("policy");
    assertThat(text.headers().firstValueAsLong("content-length")).hasValue(19);
    assertThat(text.uri()).isEqualTo(URI.create("http://catalog/"));
    assertThat(text.sslSession()).isEmpty();

    try (InputStream stream = client.send(request, BodyHandlers.ofInputStream()).body()) {
      assertThat(new String(stream.readAllBytes(), UTF_8)).isEqualTo("RBAC: access denied");
    }
    try (Stream<String> lines = client.send(request, BodyHandlers.ofLines()).body()) {
      assertThat(lines).containsExactly("RBAC: access denied");
    }
    assertThat(client.send(request, BodyHandlers.discarding()).statusCode()).isEqualTo(403);
    Path file = client.send(request, BodyHandlers.ofFile(folder.resolve("body"))).body();
    assertThat(Files.readString(file)).isEqualTo("RBAC: access denied");
    assertThat(
            client
                .sendAsync(
                    HttpRequest.newBuilder(URI.create("http://catalog/"))
                        .method("HEAD", HttpRequest.BodyPublishers.noBody())
                        .build(),
                    BodyHandlers.ofString())
                .get()
                .body())
        .isEmpty();
  }

  /** An upstream's answer that was kept is any bytes. */
  @Test
  void givesBytesAsTheyAre() throws Exception {
    byte[] kept = {0, (byte) 0xff, (byte) 0xfe, '\r', '\n'};
    mesh.service("catalog").answer =
        new Answer(
            200,
            List.of(new Header("x-weft-stale", "true")),
            kept,
            ResponseFlag.RESPONSE_FROM_CACHE_FILTER);

    HttpResponse<byte[]> response =
        http1().send(get("http://catalog/"), BodyHandlers.ofByteArray());

    assertThat(response.body()).isEqualTo(kept);
    assertThat(response.headers().firstValue("x-weft-stale")).contains("true");
    assertThat(response.headers().firstValueAsLong("content-length")).hasValue(5);
  }

  @Test
  void givesAnAnswerWithoutABody() throws Exception {
    mesh.service("catalog").answer = denial(204);
    HttpResponse<String> response = http1().send(get("http://catalog/"), BodyHandlers.ofString());
    assertThat(response.statusCode()).isEqualTo(204);
    assertThat(response.body()).isEmpty();
  }

  @Test
  void followsARedirectThatIsThePolicysOwn() throws Exception {
    TestServer server = server(200, "there");
    mesh.service("old").answer =
        new Answer(301, List.of(new Header("location", "http://new/x")), "", ResponseFlag.NONE);
    mesh.service("new").at(server.port());
    HttpClient client = HttpClient.newBuilder().followRedirects(Redirect.ALWAYS).build();
    HttpResponse<String> response = client.send(get("http://old/"), BodyHandlers.ofString());
    assertThat(response.body()).isEqualTo("there");
    assertThat(response.uri()).isEqualTo(URI.create("http://new/x"));
  }
}
