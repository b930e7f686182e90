package dev.weft.engine.outbound;

import static dev.weft.engine.EngineFixture.done;
import static dev.weft.engine.EngineFixture.port;
import static dev.weft.engine.EngineFixture.respond;
import static dev.weft.engine.EngineFixture.send;
import static dev.weft.engine.Model.cluster;
import static dev.weft.engine.Model.retry;
import static dev.weft.engine.Model.with;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.engine.EngineFixture;
import dev.weft.engine.Header;
import dev.weft.engine.HeaderEdits;
import dev.weft.engine.HeaderSource;
import dev.weft.engine.Model;
import dev.weft.engine.ResponseFlag;
import dev.weft.engine.model.CircuitBreakers;
import dev.weft.engine.model.Cluster;
import dev.weft.engine.model.RetryPolicy;
import dev.weft.engine.model.Route;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** docs/service-policy.md, fallback. */
class FallbackTest {

  private static final HeaderEdits REQUEST = set("x-from", "route");
  private static final HeaderEdits RESPONSE = set("x-by", "route");

  private final EngineFixture mesh = new EngineFixture();

  private static HeaderEdits set(String name, String value) {
    return new HeaderEdits(List.of(), List.of(new Header(name, value)), List.of());
  }

  private static Route route(String cluster, String fallback, @Nullable RetryPolicy retry) {
    return Model.route(
        "r",
        Model.forward(
            List.of(new Route.Destination(cluster, 1, "catalog.v1", REQUEST, RESPONSE, fallback)),
            null,
            retry));
  }

  private void configure(@Nullable RetryPolicy retry, Cluster... clusters) {
    mesh.configure(List.of(route("c", "f", retry)), clusters);
  }

  @Test
  void whatHasNoHealthyEndpointIsMadeUpForByTheFallback() {
    configure(null, cluster("c"), cluster("f", 2000));
    OutboundCall call = mesh.call();
    Attempt attempt = send(call);
    assertThat(port(attempt)).isEqualTo(2000);

    attempt.responded(200, HeaderSource.NONE);
    attempt.completed();

    assertThat(mesh.telemetry.events)
        .last()
        .isEqualTo("call ended 200 - route r cluster f at 2000");
    assertThat(mesh.telemetry.flags).containsExactly(ResponseFlag.NO_HEALTHY_UPSTREAM);
  }

  @Test
  void theRequestIsTheRoutesAllTheSame() {
    configure(null, cluster("c"), cluster("f", 2000));
    OutboundCall call = mesh.call();
    Attempt attempt = send(call);

    assertThat(attempt.authority()).isEqualTo("catalog.v1");
    assertThat(attempt.requestHeaders().set()).contains(new Header("x-from", "route"));
    attempt.responded(200, HeaderSource.NONE);
    assertThat(done(call).responseHeaders().set()).contains(new Header("x-by", "route"));
  }

  @Test
  void whatIsFullIsMadeUpForByTheFallbackUntilThereIsRoom() {
    configure(null, with(cluster("c", 1000), 1), cluster("f", 2000));
    Attempt first = send(mesh.call());
    assertThat(port(first)).isEqualTo(1000);
    assertThat(port(send(mesh.call()))).isEqualTo(2000);
    assertThat(mesh.telemetry.flags).isEmpty();

    first.responded(200, HeaderSource.NONE);
    first.completed();
    assertThat(port(send(mesh.call()))).isEqualTo(1000);
  }

  @Test
  void aRetryGoesToTheFallbackToo() {
    Duration minute = Duration.ofMinutes(1);
    configure(
        retry(1, "5xx"),
        with(cluster("c", 1000), Model.consecutive5xx(1, minute, minute, 100)),
        cluster("f", 2000));
    OutboundCall call = mesh.call();
    send(call).responded(503, HeaderSource.NONE);
    Attempt retry = mesh.sendAgain(call);
    assertThat(port(retry)).as("1000 is ejected meanwhile").isEqualTo(2000);

    retry.responded(200, HeaderSource.NONE);
    retry.completed();
    assertThat(mesh.telemetry.events)
        .last()
        .isEqualTo("call ended 200 - route r cluster f at 2000");
  }

  @Test
  void retriesCountAgainstTheFallbacksCluster() {
    CircuitBreakers noRetries = new CircuitBreakers(Integer.MAX_VALUE, 0, null);
    configure(retry(1, "5xx"), cluster("c"), with(cluster("f", 2000), noRetries));
    OutboundCall call = mesh.call();
    send(call).responded(503, HeaderSource.NONE);
    Objects.requireNonNull(done(call).winner()).completed();

    assertThat(mesh.telemetry.flags)
        .containsExactly(ResponseFlag.NO_HEALTHY_UPSTREAM, ResponseFlag.UPSTREAM_OVERFLOW);
  }

  @Test
  void aFallbackHasNone() {
    mesh.configure(
        List.of(route("c", "f", null), route("f", "g", null)),
        cluster("c"),
        cluster("f"),
        cluster("g", 3000));

    assertThat(respond(mesh.call()).flag()).isEqualTo(ResponseFlag.NO_HEALTHY_UPSTREAM);
    assertThat(mesh.telemetry.events)
        .last()
        .isEqualTo("call ended 503 UH route r cluster f at null");
  }

  @Test
  void aFallbackThatIsUnknownIsAsGoodAsNone() {
    configure(null, cluster("c"));

    assertThat(respond(mesh.call()).flag()).isEqualTo(ResponseFlag.NO_HEALTHY_UPSTREAM);
    assertThat(mesh.telemetry.events)
        .last()
        .isEqualTo("call ended 503 UH route r cluster c at null");
  }
}
