package dev.weft.engine.outbound;

import static dev.weft.engine.EngineFixture.await;
import static dev.weft.engine.EngineFixture.done;
import static dev.weft.engine.EngineFixture.port;
import static dev.weft.engine.EngineFixture.respond;
import static dev.weft.engine.EngineFixture.send;
import static dev.weft.engine.Model.TLS;
import static dev.weft.engine.Model.cluster;
import static dev.weft.engine.Model.delay;
import static dev.weft.engine.Model.endpoint;
import static dev.weft.engine.Model.forward;
import static dev.weft.engine.Model.hedging;
import static dev.weft.engine.Model.retry;
import static dev.weft.engine.Model.route;
import static dev.weft.engine.Model.with;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.engine.Deadline;
import dev.weft.engine.EngineFixture;
import dev.weft.engine.FakeRequest;
import dev.weft.engine.Header;
import dev.weft.engine.HeaderEdits;
import dev.weft.engine.HeaderSource;
import dev.weft.engine.PeerMetadata;
import dev.weft.engine.RequestContext;
import dev.weft.engine.TraceContext;
import dev.weft.engine.model.Route;
import dev.weft.engine.outbound.Attempt.Failure;
import dev.weft.engine.outbound.OutboundStep.Done;
import dev.weft.engine.outbound.OutboundStep.Wait;
import dev.weft.engine.spi.PeerTls;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** What happens between a call's first step and its end. */
class CallLifeTest {

  private final EngineFixture mesh = new EngineFixture();

  private OutboundCall hedged() {
    mesh.configure(
        List.of(
            route(
                "all",
                forward(
                    "c",
                    Duration.ofSeconds(10),
                    hedging(retry(1, "5xx"), Duration.ofMillis(100))))),
        cluster("c", 1001, 1002));
    return mesh.call();
  }

  private Attempt second(OutboundCall call) {
    CompletableFuture<?> change = await(call);
    mesh.timer.pass(Duration.ofMillis(125));
    assertThat(change).isDone();
    return send(call);
  }

  /** Istio's proxies answer in kind who tells them who asks. */
  @Test
  void whatAServerSaysOfItselfIsKeptFromTheApplication() {
    OutboundCall call = overMutualTls(TLS);
    Attempt attempt = send(call);
    attempt.responded(200, name -> name.equals(PeerMetadata.ID_HEADER) ? "sidecar~a~b~c" : null);
    assertThat(done(call).responseHeaders()).isEqualTo(PeerMetadata.REMOVAL);
  }

  @Test
  void theServersIdentityIsToldIfItProvedOneAndThereIsNoChoice() {
    OutboundCall call = overMutualTls(TLS);
    Attempt attempt = send(call);
    attempt.responded(200, HeaderSource.NONE);
    attempt.completed();
    assertThat(done(call).responseHeaders()).isEqualTo(HeaderEdits.NONE);
    assertThat(mesh.telemetry.lastPeerId).isEqualTo(TLS.allowedPeers().get(0));

    call = overMutualTls(TLS);
    send(call).failed(Failure.CONNECT, new IOException());
    assertThat(mesh.telemetry.lastPeerId).isNull();

    call = overMutualTls(new PeerTls(TLS.sni(), List.of(), TLS.applicationProtocols()));
    attempt = send(call);
    attempt.responded(200, HeaderSource.NONE);
    attempt.completed();
    assertThat(mesh.telemetry.lastPeerId).isNull();
  }

  @Test
  void withoutAResponseTheServersIdentityIsToldIfThereWasAConnection() {
    for (boolean met : List.of(false, true)) {
      mesh.serversMet = met;
      String known = met ? TLS.allowedPeers().get(0) : null;

      send(overMutualTls(TLS)).failed(Failure.RESET, new IOException());
      assertThat(mesh.telemetry.lastPeerId).isEqualTo(known);
      assertThat(mesh.telemetry.lastMutualTls).isEqualTo(met);

      OutboundCall call = overMutualTls(TLS);
      send(call);
      call.cancelled();
      assertThat(mesh.telemetry.lastPeerId).isEqualTo(known);

      send(overMutualTls(TLS)).failed(Failure.CONNECT, new IOException());
      assertThat(mesh.telemetry.lastPeerId).isNull();
      assertThat(mesh.telemetry.lastMutualTls).isFalse();
    }
  }

  private OutboundCall overMutualTls(PeerTls tls) {
    mesh.configure(
        List.of(route("all", forward("c"))),
        with(with(cluster("c"), tls, false), List.of(endpoint(1001, 1, true, false))));
    return mesh.call();
  }

  @Test
  void succeeds() {
    mesh.configure(List.of(route("all", forward("c"))), cluster("c", 1001));
    OutboundCall call = mesh.call();
    assertThat(call.routeName()).isNull();
    Attempt only = send(call);
    assertThat(call.routeName()).isEqualTo("all");
    CompletableFuture<?> outcome = await(call);
    assertThat(outcome).isNotDone();
    only.responded(200, HeaderSource.NONE);
    assertThat(outcome).isDone();
    assertThat(done(call)).isEqualTo(new Done(only, HeaderEdits.NONE)).isEqualTo(done(call));
    only.trailers(name -> name.equals("grpc-status") ? "0" : null);
    only.completed();
    only.completed();
    only.failed(Failure.RESET, new IOException());
    assertThat(mesh.telemetry.events)
        .containsExactly(
            "call",
            "attempt 1 to 1001",
            "attempt 1 responded 200",
            "attempt 1 trailers 0",
            "attempt 1 ended -",
            "call ended 200 - route all cluster c at 1001");
  }

  @Test
  void breaksInTheMiddleOfTheBody() {
    mesh.configure(
        List.of(route("all", forward("c", null, retry(2, "5xx", "reset")))), cluster("c", 1001));
    OutboundCall call = mesh.call();
    Attempt only = send(call);
    only.responded(200, HeaderSource.NONE);
    only.failed(Failure.RESET, new IOException());
    assertThat(done(call).winner()).isSameAs(only);
    assertThat(mesh.telemetry.events)
        .endsWith("attempt 1 ended UC failed", "call ended 200 UC route all cluster c at 1001");
  }

  /** Envoy, hedge_on_per_try_timeout: the first attempt goes on beside the second. */
  @Test
  void hedgesAndTheSecondWins() {
    OutboundCall call = hedged();
    Attempt first = send(call);
    boolean[] aborted = {false, false};
    first.onAbort(() -> aborted[0] = true);
    Attempt second = second(call);
    second.onAbort(() -> aborted[1] = true);
    assertThat(port(second)).isNotEqualTo(port(first));
    assertThat(aborted).containsExactly(false, false);
    CompletableFuture<?> outcome = await(call);
    second.responded(200, HeaderSource.NONE);
    assertThat(outcome).isDone();
    assertThat(aborted).containsExactly(true, false);
    assertThat(done(call).winner()).isSameAs(second);
    second.completed();
    first.failed(Failure.ABORTED, new IOException());
    assertThat(mesh.telemetry.events)
        .containsExactly(
            "call",
            "attempt 1 to " + port(first),
            "attempt 2 to " + port(second),
            "attempt 2 responded 200",
            "attempt 1 ended -",
            "attempt 2 ended -",
            "call ended 200 - route all cluster c at " + port(second));
    assertThat(mesh.timer.pending()).isZero();
  }

  @Test
  void hedgesAndTheFirstWinsAfterTheSecondFailed() {
    OutboundCall call = hedged();
    Attempt first = send(call);
    Attempt second = second(call);
    CompletableFuture<?> outcome = await(call);
    second.failed(Failure.RESET, new IOException());
    assertThat(outcome).as("the first may still answer").isNotDone();
    first.responded(200, HeaderSource.NONE);
    assertThat(done(call).winner()).isSameAs(first);
  }

  /** Envoy waits for the others when a bad response can't be retried any more. */
  @Test
  void hedgesAndDiscardsABadResponseWhileAnotherMayBeBetter() {
    OutboundCall call = hedged();
    Attempt first = send(call);
    Attempt second = second(call);
    first.responded(503, HeaderSource.NONE);
    assertThat(await(call)).isNotDone();
    second.responded(503, HeaderSource.NONE);
    assertThat(done(call).winner()).as("the last one is as good as any").isSameAs(second);
  }

  @Test
  void isCancelledUnderWay() {
    mesh.configure(
        List.of(route("all", forward("c", Duration.ofSeconds(1), retry(2, "5xx")))),
        cluster("c", 1001));
    OutboundCall call = mesh.call();
    Attempt only = send(call);
    boolean[] aborted = {false};
    only.onAbort(() -> aborted[0] = true);
    CompletableFuture<?> outcome = await(call);
    call.cancelled();
    assertThat(outcome).isDone();
    assertThat(aborted[0]).isTrue();
    assertThat(done(call).winner()).isSameAs(only);
    only.failed(Failure.ABORTED, new IOException());
    assertThat(mesh.telemetry.events)
        .endsWith("attempt 1 ended DC", "call ended 0 DC route all cluster c at 1001");
    assertThat(mesh.timer.pending()).isZero();
  }

  @Test
  void isCancelledDuringADelay() {
    mesh.configure(
        List.of(with(route("all", forward("c")), delay(Duration.ofSeconds(5)))),
        cluster("c", 1001));
    OutboundCall call = mesh.call();
    CompletableFuture<?> delay = await(call);
    call.cancelled();
    assertThat(delay).as("nobody waits for the delay any more").isDone();
    assertThat(done(call).winner()).isNull();
    assertThat(mesh.telemetry.events).endsWith("call ended 0 DC route all cluster c at null");
  }

  @Test
  void isCancelledDuringABackOff() {
    mesh.configure(List.of(route("all", forward("c", null, retry(2, "5xx")))), cluster("c", 1001));
    OutboundCall call = mesh.call();
    Attempt only = send(call);
    only.responded(503, HeaderSource.NONE);
    CompletableFuture<?> backOff = await(call);
    call.cancelled();
    assertThat(backOff).isDone();
    assertThat(done(call).winner()).isSameAs(only);
    mesh.timer.pass(Duration.ofSeconds(1));
    assertThat(mesh.telemetry.events).filteredOn(e -> e.startsWith("attempt 2")).isEmpty();
    assertThat(mesh.timer.pending()).isZero();
  }

  @Test
  void endsWithTheApplicationsOwnTimeout() {
    mesh.configure(
        List.of(route("all", forward("c", null, retry(2, "5xx", "reset", "connect-failure")))),
        cluster("c", 1001));
    OutboundCall call = mesh.call();
    Attempt only = send(call);
    only.failed(Failure.ABORTED, new IOException("the application's timeout"));
    assertThat(done(call).winner()).isSameAs(only);
    assertThat(mesh.telemetry.events).endsWith("call ended 0 DC route all cluster c at 1001");
  }

  @Test
  void anAbortHookThatComesLateRunsAtOnce() {
    mesh.configure(
        List.of(route("all", forward("c", Duration.ofSeconds(1), null))), cluster("c", 1001));
    Attempt only = send(mesh.call());
    mesh.timer.pass(Duration.ofSeconds(1));
    boolean[] aborted = {false};
    only.onAbort(() -> aborted[0] = true);
    assertThat(aborted[0]).isTrue();
  }

  @Test
  void anAbortHookMayReportAtOnce() {
    OutboundCall call = hedged();
    Attempt first = send(call);
    first.onAbort(() -> first.failed(Failure.RESET, new IOException("closed")));
    Attempt second = second(call);
    second.responded(200, HeaderSource.NONE);
    assertThat(done(call).winner()).isSameAs(second);
  }

  /** As an asynchronous carrier does: composing with each wait, on whatever thread ends it. */
  @Test
  void canBeDrivenFromItsOwnWaits() {
    OutboundCall call = hedged();
    CompletableFuture<Done> result = new CompletableFuture<>();
    List<Attempt> sent = new ArrayList<>();
    drive(call, sent, result);
    mesh.timer.pass(Duration.ofMillis(125));
    assertThat(sent).hasSize(2);
    sent.get(0).responded(200, HeaderSource.NONE);
    assertThat(result).isCompletedWithValueMatching(done -> done.winner() == sent.get(0));
  }

  private static void drive(OutboundCall call, List<Attempt> sent, CompletableFuture<Done> result) {
    OutboundStep step = call.next();
    while (step instanceof OutboundStep.Send send) {
      sent.add(send.attempt());
      step = call.next();
    }
    if (step instanceof Wait wait) {
      var unused = wait.until().thenRun(() -> drive(call, sent, result));
    } else if (step instanceof Done done) {
      result.complete(done);
    }
  }

  @Test
  void handsTheContextOfTheInboundRequestToTelemetry() {
    mesh.configure(List.of(route("all", forward("c"))), cluster("c", 1001));
    RequestContext context =
        new RequestContext(
            new TraceContext("a".repeat(32), "b".repeat(16), true, ""), Deadline.at(0));
    RequestContext before = RequestContext.swap(context);
    try {
      mesh.call();
    } finally {
      RequestContext.swap(before);
    }
    assertThat(mesh.telemetry.lastParent).isSameAs(context);
  }

  @Test
  void leavesItsOwnCallsAlone() {
    mesh.configure(List.of(route("all", forward("c"))), cluster("c", 1001));
    RequestContext before = RequestContext.swap(RequestContext.OWN);
    try {
      assertThat(mesh.engine.outbound(new FakeRequest())).isNull();
    } finally {
      RequestContext.swap(before);
    }
  }

  /** Envoy: headers are changed by the weighted cluster first, then by the route, which so wins. */
  @Test
  void mergesHeaderEdits() {
    Route plain = route("all", forward("c"));
    HeaderEdits ofRoute =
        new HeaderEdits(
            List.of("baggage", "e"),
            List.of(new Header("a", "route"), new Header("b", "route")),
            List.of(new Header("c", "route")));
    HeaderEdits ofDestination =
        new HeaderEdits(
            List.of("c"),
            List.of(new Header("a", "destination")),
            List.of(new Header("d", "1"), new Header("e", "destination")));
    mesh.configure(
        List.of(
            new Route(
                "all",
                plain.match(),
                forward(
                    List.of(new Route.Destination("c", 1, "", ofDestination, ofDestination)),
                    null,
                    null),
                null,
                null,
                ofRoute,
                ofRoute)),
        cluster("c", 1001));
    mesh.telemetry.traceHeaders =
        new HeaderEdits(
            List.of(),
            List.of(new Header("traceparent", "00-…"), new Header("baggage", "k=v")),
            List.of());
    OutboundCall call = mesh.call();
    Attempt only = send(call);
    HeaderEdits edits = only.requestHeaders();
    assertThat(edits.remove()).containsExactly("c", "baggage", "e");
    assertThat(edits.set())
        .containsExactly(
            new Header("traceparent", "00-…"),
            new Header("a", "route"),
            new Header("b", "route"),
            new Header("x-envoy-attempt-count", "1"));
    assertThat(edits.add()).containsExactly(new Header("d", "1"), new Header("c", "route"));
    only.responded(200, HeaderSource.NONE);
    assertThat(done(call).responseHeaders()).isEqualTo(ofDestination.then(ofRoute));
  }

  @Test
  void aServerThatRemembersWhoCallsIsToldOnce() {
    mesh.configure(List.of(route("r", forward("c"))), cluster("c", 1001));
    mesh.telemetry.introduction =
        new HeaderEdits(
            List.of(),
            List.of(new Header("x-envoy-peer-metadata-id", "sidecar~storefront")),
            List.of());
    Attempt only = send(mesh.call());
    assertThat(only.requestHeaders().set())
        .contains(new Header("x-envoy-peer-metadata-id", "sidecar~storefront"))
        .hasSize(only.requestHeaders(true).set().size() + 1);
    // Not by what the application may have put on, either.
    assertThat(only.requestHeaders(true).remove()).contains("x-envoy-peer-metadata-id");
  }

  @Test
  void keepsToTheSnapshotThatItBeganWith() {
    mesh.configure(List.of(route("old", forward("c", null, retry(1, "5xx")))), cluster("c", 1001));
    OutboundCall call = mesh.call();
    send(call).responded(503, HeaderSource.NONE);
    mesh.configure(List.of(route("new", forward("d"))), cluster("d", 2001));
    assertThat(port(mesh.sendAgain(call))).isEqualTo(1001);
    assertThat(port(send(mesh.call()))).isEqualTo(2001);
  }

  @Test
  void activeRequestsOutliveAnUpdate() {
    mesh.configure(List.of(route("all", forward("c"))), with(cluster("c", 1001), 1));
    Attempt first = send(mesh.call());
    mesh.configure(List.of(route("all", forward("c"))), with(cluster("c", 1001, 1002), 1));
    assertThat(respond(mesh.call()).status()).isEqualTo(503);
    first.responded(200, HeaderSource.NONE);
    first.completed();
    assertThat(send(mesh.call()).number()).isEqualTo(1);
  }
}
