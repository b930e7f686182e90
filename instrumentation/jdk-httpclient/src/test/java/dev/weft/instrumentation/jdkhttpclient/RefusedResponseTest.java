package dev.weft.instrumentation.jdkhttpclient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import dev.weft.engine.Answer;
import dev.weft.engine.ResponseFlag;
import java.io.IOException;
import java.net.Authenticator;
import java.net.PasswordAuthentication;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Redirect;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Responses that come whole and well, and that the client or the application doesn't take. */
@Timeout(60)
class RefusedResponseTest extends MeshTest {

  private static HttpClient client() {
    return HttpClient.newBuilder()
        .authenticator(
            new Authenticator() {
              @Override
              protected PasswordAuthentication getPasswordAuthentication() {
                return new PasswordAuthentication("me", "secret".toCharArray());
              }
            })
        .followRedirects(Redirect.NORMAL)
        .build();
  }

  /** Neither says what the client needs to know: no challenge, no location. */
  @ParameterizedTest
  @ValueSource(ints = {401, 302})
  void failsAsTheClientFailsOnThePolicysOwnAnswer(int status) {
    TestServer server = server(status, "no");
    mesh.service("catalog").answer = new Answer(status, List.of(), "no", ResponseFlag.NONE);
    HttpClient client = client();
    String own = "http://127.0.0.1:" + server.port() + "/";

    Throwable unmeshed = catchThrowable(() -> client.send(get(own), BodyHandlers.ofString()));
    Throwable meshed =
        catchThrowable(() -> client.send(get("http://catalog/"), BodyHandlers.ofString()));

    assertThat(unmeshed).isInstanceOf(IOException.class);
    assertThat(meshed).hasSameClassAs(unmeshed).hasMessage(unmeshed.getMessage());
  }

  @ParameterizedTest
  @ValueSource(ints = {401, 302})
  void blamesNoUpstreamForWhatTheClientRefuses(int status) {
    TestServer server = server(status, "no");
    mesh.service("catalog").at(server.port());

    assertThatThrownBy(() -> client().send(get("http://catalog/"), BodyHandlers.ofString()))
        .isInstanceOf(IOException.class);

    assertThat(mesh.onlyCall().attempts.get(0).events)
        .containsExactly("responded " + status, "failed ABORTED");
  }

  @ParameterizedTest
  @EnumSource(HttpClient.Version.class)
  void blamesNoUpstreamForAHandlerThatThrows(HttpClient.Version version) {
    TestServer server = server(200, "hello");
    mesh.service("catalog").at(server.port());
    IllegalStateException thrown = new IllegalStateException("not what I expected");
    HttpClient client = HttpClient.newBuilder().version(version).build();

    assertThatThrownBy(
            () ->
                client.send(
                    get("http://catalog/"),
                    head -> {
                      throw thrown;
                    }))
        .hasRootCause(thrown);

    assertEnds("responded 200", "failed ABORTED");
  }

  @Test
  void blamesNoUpstreamForAHandlerThatThrowsWhereThereIsNoBody() {
    TestServer server = server(204, "");
    mesh.service("catalog").at(server.port());

    assertThatThrownBy(
            () ->
                client()
                    .send(
                        get("http://catalog/"),
                        head -> {
                          throw new IllegalStateException("no body");
                        }))
        .hasRootCauseInstanceOf(IllegalStateException.class);

    assertEnds("responded 204", "failed ABORTED");
  }

  private void assertEnds(String... events) {
    FakeAttempt only = mesh.onlyCall().attempt(1);
    await().untilAsserted(() -> assertThat(only.ended).isDone());
    assertThat(only.events).containsExactly(events);
  }
}
