package dev.weft.engine.outbound;

import static dev.weft.engine.EngineFixture.HOST;
import static dev.weft.engine.EngineFixture.LISTENER;
import static dev.weft.engine.EngineFixture.send;
import static dev.weft.engine.Model.cluster;
import static dev.weft.engine.Model.forward;
import static dev.weft.engine.Model.prefix;
import static dev.weft.engine.Model.route;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.engine.EngineFixture;
import dev.weft.engine.FakeRequest;
import dev.weft.engine.Header;
import dev.weft.engine.HeaderEdits;
import dev.weft.engine.model.PathNormalization;
import dev.weft.engine.model.PathRewrite;
import dev.weft.engine.model.Route;
import dev.weft.engine.model.RouteTable;
import dev.weft.engine.model.RouteTable.VirtualHost;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Envoy, HttpConnectionManager.normalize_path and its like, of a client's listener. */
class NormalizedRequestTest {

  private final EngineFixture mesh = new EngineFixture();

  private void configure(PathNormalization paths, Route... routes) {
    RouteTable table =
        new RouteTable(
                LISTENER, List.of(new VirtualHost("catalog", List.of(HOST, "*"), List.of(routes))))
            .with(paths);
    mesh.engine.update(EngineFixture.snapshot(table, cluster("a", 1001), cluster("b", 1002)));
  }

  @ParameterizedTest
  @CsvSource({
    "NONE, /x/../admin?q=/../, , other",
    "BASE, /admin?q=/../, , admin",
    "BASE, /x/../admin?q=/../, /admin?q=/../, admin",
    "BASE, /%61dmin, /admin, admin",
    "BASE, /x%2F..%2Fadmin, , other",
    "BASE, //admin, , other",
    "MERGE, //admin?a=//, /admin?a=//, admin",
    "DECODE, /x%2F..%2Fadmin, /admin, admin",
  })
  void whatIsMatchedIsSent(String how, String path, String sent, String matched) {
    PathNormalization paths =
        switch (how) {
          case "NONE" -> PathNormalization.NONE;
          case "BASE" -> PathNormalization.BASE;
          case "MERGE" -> PathNormalization.MERGE_SLASHES;
          default -> PathNormalization.DECODE_AND_MERGE_SLASHES;
        };
    configure(paths, route("admin", prefix("/admin"), forward("a")), route("other", forward("b")));
    OutboundCall call = mesh.call(new FakeRequest().path(path));
    Attempt attempt = send(call);
    assertThat(call.routeName()).isEqualTo(matched);
    assertThat(attempt.path()).isEqualTo(sent);
    assertThat(attempt.requestHeaders().set())
        .as("no x-envoy-original-path")
        .extracting(Header::name)
        .containsExactly("x-envoy-attempt-count");
  }

  @Test
  void itIsRewrittenAfterwards() {
    Route.Forward forward =
        new Route.Forward(
            forward("a").destinations(),
            new Route.Rewrite(new PathRewrite.Matched("/b"), ""),
            Route.Timeouts.NONE,
            null,
            List.of());
    configure(PathNormalization.BASE, route("r", prefix("/a"), forward));
    Attempt attempt = send(mesh.call(new FakeRequest().path("/x/../a/c")));
    assertThat(attempt.path()).isEqualTo("/b/c");
    assertThat(attempt.requestHeaders().set())
        .contains(new Header("x-envoy-original-path", "/a/c"));
  }

  /** Envoy, forward_client_cert_details: a client's listener has Envoy's default, SANITIZE. */
  @Test
  void nobodyIsToldOfCertificatesOfOthers() {
    configure(PathNormalization.BASE, route("r", forward("a")));
    HeaderEdits edits =
        send(mesh.call(new FakeRequest().header("x-forwarded-client-cert", "URI=a")))
            .requestHeaders();
    assertThat(edits.remove()).containsExactly("x-forwarded-client-cert");
    assertThat(send(mesh.call(new FakeRequest())).requestHeaders().remove()).isEmpty();
  }
}
