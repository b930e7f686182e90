package dev.weft.engine.outbound;

import static dev.weft.engine.EngineFixture.await;
import static dev.weft.engine.EngineFixture.done;
import static dev.weft.engine.EngineFixture.port;
import static dev.weft.engine.EngineFixture.respond;
import static dev.weft.engine.EngineFixture.send;
import static dev.weft.engine.Model.cluster;
import static dev.weft.engine.Model.forward;
import static dev.weft.engine.Model.prefix;
import static dev.weft.engine.Model.retry;
import static dev.weft.engine.Model.route;
import static dev.weft.engine.Model.with;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.engine.Answer;
import dev.weft.engine.EngineFixture;
import dev.weft.engine.FakeRequest;
import dev.weft.engine.Header;
import dev.weft.engine.HeaderEdits;
import dev.weft.engine.HeaderSource;
import dev.weft.engine.Model;
import dev.weft.engine.ResponseFlag;
import dev.weft.engine.model.FaultPolicy;
import dev.weft.engine.model.Fraction;
import dev.weft.engine.model.Route;
import dev.weft.engine.outbound.Attempt.Failure;
import dev.weft.engine.outbound.OutboundStep.Send;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** The answers that are the policy's own, and the times at which they come. */
class LocalReplyTest {

  private static final Header TEXT = new Header("content-type", "text/plain");

  private final EngineFixture mesh = new EngineFixture();

  /** Envoy, %RESPONSE_FLAGS% NR: 404, no body. */
  @Test
  void noRoute() {
    mesh.configure(
        List.of(route("items", prefix("/items"), forward("c"))), Model.cluster("c", 1001));
    assertThat(respond(mesh.call(new FakeRequest().path("/other"))))
        .isEqualTo(new Answer(404, List.of(), "", ResponseFlag.NO_ROUTE));
    assertThat(mesh.telemetry.events)
        .containsExactly("call", "call ended 404 NR route null cluster null at null");
  }

  /** Envoy, RouteAction.cluster_not_found_response_code: 503 by default. */
  @Test
  void noCluster() {
    mesh.configure(List.of(route("all", forward("gone"))));
    assertThat(respond(mesh.call()))
        .isEqualTo(new Answer(503, List.of(), "", ResponseFlag.NO_CLUSTER));
  }

  /** Envoy, Router::Filter::sendNoHealthyUpstreamResponse. */
  @Test
  void noHealthyUpstream() {
    mesh.configure(
        List.of(route("all", forward("c"))),
        with(cluster("c"), List.of(Model.endpoint(1001, 1, false, true))));
    assertThat(respond(mesh.call()))
        .isEqualTo(
            new Answer(
                503, List.of(TEXT), "no healthy upstream", ResponseFlag.NO_HEALTHY_UPSTREAM));
  }

  /** Envoy, CircuitBreakers.Thresholds.max_requests. */
  @Test
  void overflow() {
    mesh.configure(List.of(route("all", forward("c"))), with(cluster("c", 1001), 2));
    Attempt first = send(mesh.call());
    send(mesh.call());
    assertThat(respond(mesh.call()))
        .isEqualTo(
            new Answer(
                503,
                List.of(TEXT, new Header("x-envoy-overloaded", "true")),
                "upstream connect error or disconnect/reset before headers."
                    + " reset reason: overflow",
                ResponseFlag.UPSTREAM_OVERFLOW));
    first.responded(200, HeaderSource.NONE);
    assertThat(respond(mesh.call()).status()).as("its body is under way").isEqualTo(503);
    first.completed();
    assertThat(mesh.call().next()).isInstanceOf(Send.class);
  }

  @Test
  void overflowOfARetry() {
    mesh.configure(
        List.of(route("all", forward("c", null, retry(1, "5xx")))), with(cluster("c", 1001), 1));
    OutboundCall call = mesh.call();
    send(call).responded(503, HeaderSource.NONE);
    send(mesh.call());
    CompletableFuture<?> backOff = await(call);
    mesh.timer.pass(Duration.ofMillis(25));
    assertThat(backOff).isDone();
    assertThat(respond(call).body())
        .isEqualTo(
            "upstream connect error or disconnect/reset before headers."
                + " retried and the latest reset reason: overflow");
  }

  /** Envoy, RouteAction.timeout. */
  @Test
  void routeTimeout() {
    mesh.configure(
        List.of(route("all", forward("c", Duration.ofSeconds(1), retry(2, "5xx")))),
        cluster("c", 1001));
    OutboundCall call = mesh.call();
    Attempt first = send(call);
    boolean[] aborted = {false};
    first.onAbort(() -> aborted[0] = true);
    CompletableFuture<?> outcome = await(call);
    mesh.timer.pass(Duration.ofSeconds(1));
    assertThat(outcome).isDone();
    assertThat(aborted[0]).isTrue();
    assertThat(respond(call))
        .isEqualTo(
            new Answer(
                504,
                List.of(TEXT),
                "upstream request timeout",
                ResponseFlag.UPSTREAM_REQUEST_TIMEOUT));
    first.failed(Failure.ABORTED, new IOException());
    assertThat(mesh.telemetry.events)
        .containsExactly(
            "call",
            "attempt 1 to 1001",
            "attempt 1 ended UT failed",
            "call ended 504 UT route all cluster c at 1001");
    assertThat(mesh.timer.pending()).isZero();
  }

  @Test
  void routeTimeoutSpansAttemptsAndBackOff() {
    mesh.configure(
        List.of(route("all", forward("c", Duration.ofMillis(100), retry(9, "5xx")))),
        cluster("c", 1001));
    OutboundCall call = mesh.call();
    mesh.timer.pass(Duration.ofHours(1));
    send(call).responded(503, HeaderSource.NONE);
    CompletableFuture<?> backOff = await(call);
    mesh.timer.pass(Duration.ofMillis(25));
    assertThat(backOff).isDone();
    send(call);
    mesh.timer.pass(Duration.ofMillis(74));
    CompletableFuture<?> outcome = await(call);
    assertThat(outcome).isNotDone();
    mesh.timer.pass(Duration.ofMillis(1));
    assertThat(outcome).isDone();
    assertThat(respond(call).status()).isEqualTo(504);
  }

  /** Envoy resets a response that has begun. */
  @Test
  void routeTimeoutCoversTheBody() {
    mesh.configure(
        List.of(route("all", forward("c", Duration.ofSeconds(1), null))), cluster("c", 1001));
    OutboundCall call = mesh.call();
    Attempt only = send(call);
    boolean[] aborted = {false};
    only.onAbort(() -> aborted[0] = true);
    only.responded(200, HeaderSource.NONE);
    assertThat(done(call).winner()).isSameAs(only);
    mesh.timer.pass(Duration.ofSeconds(1));
    assertThat(aborted[0]).isTrue();
    assertThat(done(call).winner()).isSameAs(only);
    assertThat(mesh.telemetry.events)
        .endsWith("attempt 1 ended UT failed", "call ended 200 UT route all cluster c at 1001");
  }

  /** In Envoy the timeout begins with the request's end, which an upgraded one does not have. */
  @Test
  void routeTimeoutEndsWithAnUpgrade() {
    mesh.configure(
        List.of(route("all", forward("c", Duration.ofSeconds(1), null))), cluster("c", 1001));
    Attempt only = send(mesh.call());
    boolean[] aborted = {false};
    only.onAbort(() -> aborted[0] = true);
    only.responded(101, HeaderSource.NONE);
    mesh.timer.pass(Duration.ofHours(1));
    assertThat(aborted[0]).isFalse();
  }

  @Test
  void aTimeoutThatDidNotComeLeavesNothingBehind() {
    mesh.configure(
        List.of(route("all", forward("c", Duration.ofSeconds(1), null))), cluster("c", 1001));
    Attempt only = send(mesh.call());
    only.responded(200, HeaderSource.NONE);
    only.completed();
    assertThat(mesh.timer.pending()).isZero();
  }

  /** Envoy, HTTPFault.abort. */
  @Test
  void faultAbort() {
    mesh.configure(
        List.of(with(route("all", forward("c")), Model.abort(418, Fraction.ALL))),
        cluster("c", 1001));
    assertThat(respond(mesh.call()))
        .isEqualTo(
            new Answer(418, List.of(TEXT), "fault filter abort", ResponseFlag.FAULT_INJECTED));
    assertThat(mesh.telemetry.events)
        .as("Envoy chooses the cluster with the route, before any filter answers")
        .endsWith("call ended 418 FI route all cluster c at null");
  }

  /** Envoy, HTTPFault: the delay comes first, and the route's timeout begins after it. */
  @Test
  void faultDelay() {
    mesh.configure(
        List.of(
            with(
                route("all", forward("c", Duration.ofSeconds(1), null)),
                Model.delay(Duration.ofSeconds(5)))),
        cluster("c", 1001));
    OutboundCall call = mesh.call();
    CompletableFuture<?> delay = await(call);
    assertThat(await(call)).as("asking early does not shorten it").isSameAs(delay);
    mesh.timer.pass(Duration.ofMillis(4999));
    assertThat(delay).isNotDone();
    mesh.timer.pass(Duration.ofMillis(1));
    assertThat(delay).isDone();
    Attempt only = send(call);
    only.responded(200, HeaderSource.NONE);
    only.completed();
    assertThat(mesh.telemetry.events).endsWith("call ended 200 DI route all cluster c at 1001");
  }

  @Test
  void faultDelayBeforeAbort() {
    mesh.configure(
        List.of(
            with(
                route("all", forward("c")),
                new FaultPolicy(
                    Model.delay(Duration.ofSeconds(5)).delay(),
                    Model.abort(503, Fraction.ALL).abort(),
                    List.of()))),
        cluster("c", 1001));
    OutboundCall call = mesh.call();
    CompletableFuture<?> delay = await(call);
    mesh.timer.pass(Duration.ofSeconds(5));
    assertThat(delay).isDone();
    assertThat(respond(call).flag()).isEqualTo(ResponseFlag.FAULT_INJECTED);
  }

  @Test
  void faultsHitTheirShare() {
    mesh.configure(
        List.of(with(route("all", forward("c")), Model.abort(503, new Fraction(25, 100)))),
        cluster("c", 1001));
    int aborted = 0;
    for (int i = 0; i < 10_000; i++) {
      if (mesh.call().next() instanceof OutboundStep.Respond) {
        aborted++;
      }
    }
    assertThat(aborted).isBetween(2300, 2700);
  }

  /** Envoy, DirectResponseAction. */
  @Test
  void directResponse() {
    Route route = route("direct", new Route.Respond(204, List.of(new Header("a", "1")), ""));
    mesh.configure(List.of(route));
    assertThat(respond(mesh.call()))
        .isEqualTo(new Answer(204, List.of(new Header("a", "1")), "", ResponseFlag.NONE));
  }

  /** Envoy applies response header edits to the replies that its router makes. */
  @Test
  void carriesTheRoutesResponseHeaders() {
    Header servedBy = new Header("x-served-by", "mesh");
    assertThat(
            respond(callWith(new HeaderEdits(List.of(), List.of(servedBy), List.of()))).headers())
        .containsExactly(TEXT, servedBy);
  }

  /** Envoy's prepareLocalReply: a body has a content type. */
  @Test
  void saysWhatItsBodyIsWhateverTheRouteTakesAway() {
    HeaderEdits removing =
        new HeaderEdits(List.of("content-type"), List.of(), List.of(new Header("x-a", "b")));
    assertThat(respond(callWith(removing)).headers()).containsExactly(new Header("x-a", "b"), TEXT);
  }

  private OutboundCall callWith(HeaderEdits responseEdits) {
    Route plain = route("all", forward("c"));
    mesh.configure(
        List.of(
            new Route(
                "all", plain.match(), plain.action(), null, null, HeaderEdits.NONE, responseEdits)),
        cluster("c"));
    return mesh.call();
  }

  @Test
  void aLibrarysOwnFailureStaysItsOwn() {
    mesh.configure(List.of(route("all", forward("c"))), cluster("c", 1001));
    OutboundCall call = mesh.call();
    Attempt only = send(call);
    only.failed(Failure.CONNECT, new IOException("refused"));
    assertThat(done(call).winner()).isSameAs(only);
    assertThat(port(only)).isEqualTo(1001);
  }
}
