package dev.weft.engine.outbound;

import static dev.weft.engine.EngineFixture.done;
import static dev.weft.engine.EngineFixture.respond;
import static dev.weft.engine.EngineFixture.send;
import static dev.weft.engine.Model.cluster;
import static dev.weft.engine.Model.route;
import static dev.weft.engine.Model.to;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.engine.EngineFixture;
import dev.weft.engine.FakeRequest;
import dev.weft.engine.Header;
import dev.weft.engine.HeaderEdits;
import dev.weft.engine.HeaderSource;
import dev.weft.engine.Model;
import dev.weft.engine.ScriptedClient;
import dev.weft.engine.model.Fraction;
import dev.weft.engine.model.Mirror;
import dev.weft.engine.model.PathRewrite;
import dev.weft.engine.model.Route;
import dev.weft.engine.spi.AsyncClient;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Envoy, RouteAction.request_mirror_policies. */
class MirroringTest {

  private static final String BODY = "body";

  private final EngineFixture mesh = new EngineFixture();
  private byte @Nullable [] body = BODY.getBytes(UTF_8);

  private void mirrored(Mirror... mirrors) {
    mesh.configure(
        List.of(
            route(
                "all",
                new Route.Forward(
                    List.of(to("c", 1)),
                    new Route.Rewrite(new PathRewrite.Matched("/v2/"), ""),
                    new Route.Timeouts(Duration.ofSeconds(3), null),
                    null,
                    List.of(mirrors),
                    List.of()))),
        cluster("c", 1001),
        Model.cluster("m", 2001),
        Model.cluster("n", 3001));
  }

  private FakeRequest request() {
    FakeRequest request =
        new FakeRequest() {
          @Override
          public List<Header> headers() {
            return List.of(
                new Header("x-own", "1"),
                new Header("host", "catalog:8080"),
                new Header("content-length", "4"));
          }

          @Override
          public byte @Nullable [] body(int limit) {
            return body;
          }
        };
    request.method = "POST";
    return request;
  }

  @Test
  void sendsACopyToEach() {
    mesh.telemetry.traceHeaders =
        new HeaderEdits(List.of(), List.of(new Header("traceparent", "00-…")), List.of());
    mirrored(new Mirror("m", Fraction.ALL, true), new Mirror("n", Fraction.ALL, false));
    OutboundCall call = mesh.call(request());
    Attempt attempt = send(call);
    assertThat(mesh.remote.sent).as("before the call is decided").isEmpty();
    attempt.responded(200, HeaderSource.NONE);
    assertThat(done(call).winner()).as("without waiting for a copy").isSameAs(attempt);

    assertThat(mesh.remote.sent).hasSize(2);
    ScriptedClient.Sent first = mesh.remote.sent.get(0);
    assertThat(first.to().address().getPort()).isEqualTo(2001);
    assertThat(first.timeout()).isEqualTo(Duration.ofSeconds(3));
    AsyncClient.Request copy = first.request();
    assertThat(copy.method()).isEqualTo("POST");
    assertThat(copy.authority()).isEqualTo("catalog-shadow:8080");
    assertThat(copy.path()).isEqualTo("/v2/items?page=1");
    assertThat(copy.body()).asString(UTF_8).isEqualTo(BODY);
    assertThat(copy.headers())
        .contains(new Header("x-own", "1"), new Header("traceparent", "00-…"))
        .extracting(Header::name)
        .doesNotContain("host", "content-length");
    assertThat(mesh.remote.sent.get(1).request().authority()).isEqualTo("catalog:8080");
  }

  @Test
  void isNeverSentAgainAndChangesNothing() {
    mirrored(new Mirror("m", Fraction.ALL, true));
    OutboundCall call = mesh.call(request());
    Attempt attempt = send(call);
    attempt.responded(200, HeaderSource.NONE);
    mesh.remote.sent.get(0).answer().completeExceptionally(new IOException("gone"));
    attempt.completed();
    assertThat(done(call).winner()).isSameAs(attempt);
    assertThat(mesh.remote.sent).hasSize(1);
    assertThat(mesh.telemetry.events).endsWith("call ended 200 - route all cluster c at 1001");
  }

  @Test
  void aBodyThatIsNotKnownWholeIsNotCopied() {
    mirrored(new Mirror("m", Fraction.ALL, true));
    body = null;
    OutboundCall call = mesh.call(request());
    send(call).responded(200, HeaderSource.NONE);
    assertThat(mesh.remote.sent).isEmpty();
  }

  @Test
  void whatWasNotSentIsNotCopied() {
    mesh.configure(
        List.of(
            route(
                "all",
                new Route.Forward(
                    List.of(to("c", 1)),
                    Route.Rewrite.NONE,
                    Route.Timeouts.NONE,
                    null,
                    List.of(new Mirror("m", Fraction.ALL, true)),
                    List.of()))),
        cluster("c"),
        cluster("m", 2001));
    assertThat(respond(mesh.call(request())).status()).isEqualTo(503);
    assertThat(mesh.remote.sent).isEmpty();
  }

  @Test
  void copiesAShare() {
    mirrored(new Mirror("m", new Fraction(25, 100), true));
    IntStream.range(0, 4000)
        .forEach(i -> send(mesh.call(request())).responded(200, HeaderSource.NONE));
    assertThat(mesh.remote.sent).hasSizeBetween(900, 1100);
  }

  @ParameterizedTest
  @CsvSource({
    "catalog, catalog-shadow",
    "catalog:80, catalog-shadow:80",
    "[::1]:80, [::1]-shadow:80",
    "[::1], [::1]-shadow"
  })
  void shadowAuthorities(String authority, String expected) {
    assertThat(Mirroring.shadow(authority)).isEqualTo(expected);
  }
}
