package dev.weft.engine.outbound;

import static dev.weft.engine.EngineFixture.await;
import static dev.weft.engine.EngineFixture.done;
import static dev.weft.engine.EngineFixture.respond;
import static dev.weft.engine.EngineFixture.send;
import static dev.weft.engine.Model.cluster;
import static dev.weft.engine.Model.forward;
import static dev.weft.engine.Model.retry;
import static dev.weft.engine.Model.route;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.engine.EngineFixture;
import dev.weft.engine.FakeRequest;
import dev.weft.engine.Header;
import dev.weft.engine.HeaderEdits;
import dev.weft.engine.model.AdaptiveConcurrency;
import dev.weft.engine.model.Cluster;
import dev.weft.engine.model.Fraction;
import dev.weft.engine.model.RateLimit;
import dev.weft.engine.model.RateLimit.Bucket;
import dev.weft.engine.model.RateLimit.LocalDescriptor;
import dev.weft.engine.model.RateLimit.Refusal;
import dev.weft.engine.model.RateLimitRule;
import dev.weft.engine.model.RateLimitRule.HeaderValue;
import dev.weft.engine.model.RequestLimit;
import dev.weft.engine.model.Route;
import dev.weft.engine.model.RouteTable;
import dev.weft.engine.model.RouteTable.VirtualHost;
import dev.weft.engine.model.StringMatch;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Limits on calls, between CORS and the route's own answer. */
class CallLimitsTest {

  private static final Refusal REFUSAL = new Refusal(429, HeaderEdits.NONE, false);
  private static final RateLimit LOCAL =
      new RateLimit.Local(
          "local",
          new Bucket(2, 2, Duration.ofSeconds(60)),
          true,
          List.<LocalDescriptor>of(),
          20,
          null,
          0,
          Fraction.ALL,
          Fraction.ALL,
          REFUSAL,
          HeaderEdits.NONE,
          false);

  private final EngineFixture mesh = new EngineFixture();

  private void configure(List<Route> routes, RequestLimit... limits) {
    VirtualHost host = new VirtualHost("catalog", List.of("*"), routes);
    RouteTable table =
        new RouteTable(EngineFixture.LISTENER, List.of(host)).behind(List.of(limits));
    Cluster[] clusters = {cluster("c", 1001), cluster("rls", 2002)};
    mesh.engine.update(EngineFixture.snapshot(table, clusters));
  }

  private static Route limited(Route route) {
    return new Route(
        route.name(),
        route.match(),
        route.action(),
        null,
        null,
        route.requestHeaders(),
        route.responseHeaders(),
        List.of(new RateLimitRule(0, List.of(new HeaderValue(":path", "PATH", false)))));
  }

  private static RateLimit global(boolean failClosed) {
    return new RateLimit.Global(
        "global",
        "rls",
        "rls",
        "shop",
        Duration.ofMillis(20),
        failClosed,
        500,
        null,
        0,
        Fraction.ALL,
        Fraction.ALL,
        REFUSAL,
        true,
        false);
  }

  @Test
  void allRoutesOfAHostShareItsBucket() {
    configure(
        List.of(
            route("a", new StringMatch.Exact("/a", false), forward("c")), route("b", forward("c"))),
        LOCAL);
    send(mesh.call(new FakeRequest().path("/a")));
    send(mesh.call(new FakeRequest().path("/b")));
    assertThat(respond(mesh.call(new FakeRequest().path("/a"))).status()).isEqualTo(429);
    assertThat(mesh.telemetry.events).contains("call ended 429 RL route a cluster c at null");
  }

  @Test
  void countsOutliveOtherChanges() {
    configure(List.of(route("a", forward("c"))), LOCAL);
    send(mesh.call());
    send(mesh.call());
    configure(List.of(route("b", forward("c"))), LOCAL);
    assertThat(respond(mesh.call()).status()).isEqualTo(429);
  }

  @Test
  void waitsForTheService() {
    configure(List.of(limited(route("a", forward("c")))), global(true));
    OutboundCall call = mesh.call();
    var wait = await(call);
    assertThat(mesh.remote.called).hasSize(1);
    mesh.remote.called.get(0).answer().completeExceptionally(new IllegalStateException());
    assertThat(wait).isDone();
    assertThat(respond(call).status()).isEqualTo(500);
  }

  @Test
  void aFailingServiceLimitsNothing() {
    configure(List.of(limited(route("a", forward("c")))), global(false));
    OutboundCall call = mesh.call();
    var wait = await(call);
    mesh.remote.called.get(0).answer().completeExceptionally(new IllegalStateException());
    assertThat(wait).isDone();
    send(call);
  }

  /** Envoy, retry_on envoy-ratelimited: what a server's limit refuses may be tried elsewhere. */
  @Test
  void anUpstreamsRefusalIsRetriedWhereThatIsAskedFor() {
    configure(List.of(route("a", forward("c", null, retry(1, "envoy-ratelimited")))));
    OutboundCall call = mesh.call();
    send(call).responded(429, name -> name.equals("x-envoy-ratelimited") ? "true" : null);
    mesh.sendAgain(call).responded(200, name -> null);
    done(call);
    configure(List.of(route("a", forward("c", null, retry(1, "retriable-4xx", "5xx")))));
    OutboundCall another = mesh.call();
    send(another).responded(429, name -> name.equals("x-envoy-ratelimited") ? "true" : null);
    done(another);
  }

  @Test
  void concurrencyIsCountedUntilTheCallIsOver() {
    configure(
        List.of(route("a", forward("c"))),
        new AdaptiveConcurrency(
            "ac",
            0.5,
            1,
            Duration.ofMillis(100),
            new AdaptiveConcurrency.MinRtt(null, Duration.ofSeconds(60), 50, 0.15, 1, 0.25),
            503));
    OutboundCall first = mesh.call();
    Attempt attempt = send(first);
    assertThat(respond(mesh.call()).body()).isEqualTo("reached concurrency limit");
    attempt.responded(200, name -> null);
    assertThat(respond(mesh.call()).status()).as("the body isn't there yet").isEqualTo(503);
    attempt.completed();
    OutboundCall second = mesh.call();
    send(second);
    second.cancelled();
    send(mesh.call());
  }

  @Test
  void whatALimitSaysIsOnTheResponse() {
    RateLimit shown =
        new RateLimit.Local(
            "local",
            new Bucket(2, 2, Duration.ofSeconds(60)),
            true,
            List.of(),
            20,
            null,
            0,
            Fraction.ALL,
            Fraction.ALL,
            REFUSAL,
            HeaderEdits.NONE,
            true);
    configure(List.of(route("a", forward("c"))), shown);
    OutboundCall call = mesh.call();
    send(call).responded(200, name -> null);
    assertThat(done(call).responseHeaders().add())
        .contains(new Header("x-ratelimit-remaining", "1"));
  }
}
