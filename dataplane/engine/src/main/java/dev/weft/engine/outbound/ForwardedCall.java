package dev.weft.engine.outbound;

import dev.weft.engine.Answer;
import dev.weft.engine.GrpcStatus;
import dev.weft.engine.HeaderEdits;
import dev.weft.engine.HeaderSource;
import dev.weft.engine.PeerMetadata;
import dev.weft.engine.RequestContext;
import dev.weft.engine.ResponseFlag;
import dev.weft.engine.ResponseFlags;
import dev.weft.engine.outbound.Attempt.Failure;
import dev.weft.engine.outbound.OutboundStep.Done;
import dev.weft.engine.outbound.OutboundStep.Respond;
import dev.weft.engine.outbound.OutboundStep.Send;
import dev.weft.engine.outbound.OutboundStep.Wait;
import dev.weft.engine.spi.Telemetry.AttemptObservation;
import dev.weft.engine.spi.Telemetry.OutboundObservation;
import dev.weft.engine.upstream.Target;
import dev.weft.engine.upstream.Upstream;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * The state machine of one call, after Envoy's fault filter and router. All that changes is changed
 * in {@link Turn turn}: by the carrier asking for a step, by its reports about attempts, by timers.
 *
 * <p>As in Envoy the route's timeout begins after an injected delay, spans all attempts, and covers
 * the response's body, but not an upgraded connection; a per-try timeout covers an attempt up to
 * its response's head. Unlike in Envoy the route's timeout does not wait for the request to be sent
 * whole.
 */
final class ForwardedCall extends Turn implements OutboundCall {

  /** What has to be done before the next step can be told. */
  private enum Stage {
    ROUTE,
    DELAY,
    ABORT,
    CORS,
    START,
    FORWARD
  }

  private static final int SWITCHING_PROTOCOLS = 101;

  private final OutboundRouter router;
  private final OutboundRequest request;
  private final @Nullable RequestContext parent;
  private final OutboundSnapshot snapshot;
  private final RoutingTable table;
  private final OutboundObservation observation;

  private Stage stage = Stage.ROUTE;
  private volatile @Nullable CompiledRoute route;
  private Forwarding.@Nullable Choice destination;
  private @Nullable Upstream upstream;
  private @Nullable UpstreamRequest upstreamRequest;

  /** For headers that ask for some; null if none does. */
  private @Nullable CallFacts facts;

  private HeaderEdits corsEdits = HeaderEdits.NONE;
  private ResponseFlag faultFlag = ResponseFlag.NONE;
  private boolean askedForCertificate;

  private final Attempts attempts = new Attempts();
  private @Nullable Runnable cancelTimeout;

  /** What has to be over before anything goes on, unless the call is decided. */
  private @Nullable CompletableFuture<@Nullable Void> held;

  /** The wait that ends with the next change; null if nobody waits. */
  private @Nullable CompletableFuture<@Nullable Void> change;

  private @Nullable OutboundStep decided;
  private @Nullable ForwardedAttempt winner;
  private boolean finished;

  ForwardedCall(
      OutboundRouter router,
      OutboundRequest request,
      @Nullable RequestContext parent,
      OutboundSnapshot snapshot,
      RoutingTable table) {
    this.router = router;
    this.request = NormalizedRequest.of(request, table.paths());
    this.parent = parent;
    this.snapshot = snapshot;
    this.table = table;
    observation = router.telemetry().outbound(this.request, parent);
  }

  @Override
  public @Nullable String routeName() {
    CompiledRoute matched = route;
    return matched == null ? null : matched.name;
  }

  @Override
  public OutboundStep next() {
    if (enter()) {
      try {
        return step();
      } finally {
        leave();
      }
    }
    // A report is being dealt with on another thread, or further up on this one.
    CompletableFuture<@Nullable Void> over = new CompletableFuture<>();
    inTurn(() -> wakeAfterwards(over));
    return new Wait(over);
  }

  private OutboundStep step() {
    OutboundStep step = decided;
    if (step == null && held != null) {
      if (!held.isDone()) {
        return new Wait(held);
      }
      held = null;
    }
    while (step == null) {
      step =
          switch (stage) {
            case ROUTE -> route();
            case DELAY -> delay();
            case ABORT -> abort();
            case CORS -> cors();
            case START -> start();
            case FORWARD -> forward();
          };
    }
    return step;
  }

  // Before anything is sent

  private @Nullable OutboundStep route() {
    CompiledRoute found = table.route(request);
    if (found == null) {
      return respond(LocalReply.NO_ROUTE);
    }
    route = found;
    // Before any filter answers, as in Envoy: its answers have a destination's edits and its name.
    destination = found.forwarding == null ? null : found.forwarding.choose(router.random());
    if (formats(found, destination)) {
      facts =
          new CallFacts(
              request,
              found.name,
              destination == null ? null : destination.cluster,
              router.address(),
              router.timer().currentTimeMillis(),
              router.timer().nanoTime());
    }
    stage = found.fault == null ? Stage.CORS : Stage.DELAY;
    return null;
  }

  private static boolean formats(CompiledRoute route, Forwarding.@Nullable Choice destination) {
    return destination == null ? route.responseHeaders.constant == null : destination.formats();
  }

  private @Nullable OutboundStep delay() {
    FaultInjection fault = fault();
    if (fault == null || !fault.concerns(request)) {
      stage = Stage.CORS;
      return null;
    }
    stage = Stage.ABORT;
    long delayNanos = fault.delayNanos(request, router.random());
    if (delayNanos == 0) {
      return null;
    }
    faultFlag = ResponseFlag.DELAY_INJECTED;
    CompletableFuture<@Nullable Void> over = new CompletableFuture<>();
    router.timer().schedule(delayNanos, () -> over.complete(null));
    return hold(over);
  }

  private @Nullable OutboundStep abort() {
    stage = Stage.CORS;
    FaultInjection fault = fault();
    Answer answer = fault == null ? null : fault.abort(request, router.random());
    return answer == null ? null : respond(answer);
  }

  private @Nullable FaultInjection fault() {
    return matched().fault;
  }

  private @Nullable OutboundStep cors() {
    stage = Stage.START;
    Cors cors = matched().cors;
    // Envoy's filter leaves routes alone that answer by themselves.
    if (cors == null || matched().forwarding == null) {
      return null;
    }
    Answer preflight = cors.preflight(request);
    if (preflight != null) {
      return finishWith(preflight);
    }
    corsEdits = cors.edits(request);
    return null;
  }

  private @Nullable OutboundStep start() {
    CompiledRoute matched = matched();
    Forwarding forwarding = matched.forwarding;
    if (matched.responder != null) {
      return respond(matched.responder.answer(request));
    }
    if (forwarding == null) {
      throw new IllegalStateException("a route that does nothing");
    }
    Forwarding.Choice chosen = destination;
    upstream = chosen == null ? null : snapshot.upstream(chosen.cluster);
    if (chosen == null || upstream == null) {
      return respond(LocalReply.NO_CLUSTER);
    }
    UpstreamRequest plan =
        new UpstreamRequest(request, forwarding, chosen, facts, parent, router.timer().nanoTime());
    upstreamRequest = plan;
    if (plan.timeouts.totalNanos() > 0) {
      cancelTimeout =
          router.timer().schedule(plan.timeouts.totalNanos(), () -> inTurn(this::timedOut));
    }
    attempts.begin(plan.retries());
    stage = Stage.FORWARD;
    return null;
  }

  private CompiledRoute matched() {
    CompiledRoute matched = route;
    if (matched == null) {
      throw new IllegalStateException("no route");
    }
    return matched;
  }

  // Attempts

  private OutboundStep forward() {
    if (!attempts.due()) {
      return awaitChange();
    }
    Upstream cluster = upstream;
    Forwarding.Choice to = destination;
    UpstreamRequest plan = upstreamRequest;
    if (cluster == null || to == null || plan == null) {
      throw new IllegalStateException("no destination");
    }
    Target target = plan.pick(cluster, attempts, router);
    if (target == null) {
      return cannotSend(LocalReply.NO_HEALTHY_UPSTREAM);
    }
    if (target.secured() != null
        && !askedForCertificate
        && !router.certificateReady()
        && !router.hadCertificate()) {
      askedForCertificate = true;
      CompletableFuture<@Nullable Void> until = router.firstCertificate();
      if (until != null) {
        return hold(until);
      }
    }
    ConnectionKey key = router.key(cluster, target);
    if (key == null) {
      return cannotSend(LocalReply.NO_CERTIFICATE);
    }
    if (!cluster.acquire(target)) {
      return cannotSend(attempts.count() == 0 ? LocalReply.OVERFLOW : LocalReply.OVERFLOW_OF_RETRY);
    }
    int number = attempts.count() + 1;
    AttemptObservation observed =
        observation.attempt(
            number, matched().name, to.cluster, target.endpoint(), key.tls() != null);
    ForwardedAttempt attempt =
        new ForwardedAttempt(
            this,
            cluster,
            target,
            key,
            number,
            plan.line,
            plan.headers(number, router.timer().nanoTime(), observed.requestId()),
            observed,
            attempts.last());
    attempts.add(attempt);
    long perTryNanos = plan.timeouts.perTryNanos();
    if (perTryNanos > 0) {
      attempt.cancelTimeout =
          router.timer().schedule(perTryNanos, () -> inTurn(() -> tryTimedOut(attempt)));
    }
    return new Send(attempt);
  }

  /** An attempt that was due can't be sent; others that are under way may still do. */
  private OutboundStep cannotSend(Answer answer) {
    attempts.skip();
    return attempts.mayAnswer() ? awaitChange() : respond(answer);
  }

  // What is reported; in turn

  void responded(ForwardedAttempt attempt, int status, HeaderSource headers) {
    if (attempt.ended || attempt.status != 0) {
      return;
    }
    attempt.observe(status, headers);
    if (status == SWITCHING_PROTOCOLS && cancelTimeout != null) {
      cancelTimeout.run();
    }
    int grpcStatus =
        GrpcStatus.isGrpc(headers.header("content-type")) ? GrpcStatus.in(headers) : -1;
    attempt.reportResponse(grpcStatus < 0 ? status : GrpcStatus.toHttp(grpcStatus));
    if (decided != null) {
      return;
    }
    RetryRule retry = retryRule();
    if (retry != null && retry.afterResponse(status, headers)) {
      if (!attempt.hedged && request.replayable() && retry()) {
        attempt.abort(null, ResponseFlag.NONE);
        return;
      }
      if (attempts.mayAnswer()) {
        attempt.abort(null, ResponseFlag.NONE);
        return;
      }
    }
    win(attempt, headers);
  }

  void completed(ForwardedAttempt attempt) {
    if (attempt.ended) {
      return;
    }
    if (decided == null) {
      win(attempt, HeaderSource.NONE);
    }
    attempt.end(null, ResponseFlag.NONE);
    if (attempt == winner) {
      finish(attempt, attempts.retryRefusal());
    }
  }

  void failed(ForwardedAttempt attempt, Failure kind, Throwable cause) {
    if (attempt.ended) {
      return;
    }
    boolean beforeHead = attempt.status == 0;
    attempt.unconnected = kind == Failure.CONNECT;
    ResponseFlag flag = flag(kind);
    if (kind != Failure.ABORTED) {
      // Envoy: a reset counts against the host, whether or not the response had begun.
      attempt.reportFailure(503);
    }
    attempt.end(cause, flag);
    if (decided != null) {
      if (attempt == winner) {
        finish(attempt, flag);
      }
      return;
    }
    if (kind == Failure.ABORTED) {
      attempts.abortAllBut(attempt, flag);
      lose(attempt, flag);
      return;
    }
    RetryRule retry = retryRule();
    if (beforeHead
        && !attempt.hedged
        && retry != null
        // A refused stream was not processed, but its body may be half consumed; see CONNECT.
        && (request.replayable() || kind == Failure.CONNECT)
        && retry.afterFailure(kind)
        && retry()) {
      return;
    }
    if (!attempts.mayAnswer()) {
      lose(attempt, flag);
    }
  }

  private static ResponseFlag flag(Failure kind) {
    return switch (kind) {
      case CONNECT -> ResponseFlag.UPSTREAM_CONNECTION_FAILURE;
      case STALE, RESET, REFUSED_STREAM -> ResponseFlag.UPSTREAM_CONNECTION_TERMINATION;
      case ABORTED -> ResponseFlag.DOWNSTREAM_CONNECTION_TERMINATION;
    };
  }

  @Override
  public void cancelled() {
    inTurn(
        () -> {
          ResponseFlag flag = ResponseFlag.DOWNSTREAM_CONNECTION_TERMINATION;
          attempts.abortAllBut(null, flag);
          if (decided == null) {
            decide(new Done(attempts.last(), HeaderEdits.NONE));
          }
          finish(winner == null ? attempts.last() : winner, flag);
        });
  }

  // Timers; in turn

  private void timedOut() {
    if (finished) {
      return;
    }
    ResponseFlag flag = ResponseFlag.UPSTREAM_REQUEST_TIMEOUT;
    if (decided != null) {
      if (winner != null) {
        winner.abort(new TimeoutException("route timeout"), flag);
        finish(winner, flag);
      }
      return;
    }
    attempts.timeOut();
    respond(LocalReply.TIMEOUT);
  }

  private void tryTimedOut(ForwardedAttempt attempt) {
    if (decided != null || !attempt.awaitsHead()) {
      return;
    }
    attempt.reportFailure(504);
    RetryRule retry = retryRule();
    if (retry != null && retry.hedgesOnPerTryTimeout()) {
      // Envoy retries here whatever the conditions: nothing was reset.
      attempt.hedged = request.replayable() && retry();
      return;
    }
    attempt.abort(new TimeoutException("per-try timeout"), ResponseFlag.UPSTREAM_REQUEST_TIMEOUT);
    if (retry != null && request.replayable() && retry.afterPerTryTimeout() && retry()) {
      return;
    }
    if (!attempts.mayAnswer()) {
      respond(LocalReply.TIMEOUT);
    }
  }

  /**
   * @return whether there will be another attempt
   */
  private boolean retry() {
    RetryRule rule = retryRule();
    int retry = rule == null || upstream == null ? 0 : attempts.takeRetry(rule, upstream);
    if (rule == null || retry == 0) {
      return false;
    }
    attempts.backOff(
        router
            .timer()
            .schedule(rule.backOffNanos(retry, router.random()), () -> inTurn(this::backedOff)));
    return true;
  }

  private void backedOff() {
    if (decided != null) {
      return;
    }
    attempts.backedOff();
    changed();
  }

  // Decisions

  private @Nullable RetryRule retryRule() {
    return upstreamRequest == null ? null : upstreamRequest.retry;
  }

  private void win(ForwardedAttempt attempt, HeaderSource headers) {
    attempt.stopTimeout();
    winner = attempt;
    if (facts != null) {
      facts.attempt = attempt;
      facts.peerId = attempt.peerId(router.tls());
      facts.headNanos = router.timer().nanoTime();
      answered(facts, attempt.status, ResponseFlag.NONE, new CallFacts.Message(headers));
    }
    HeaderEdits edits =
        upstreamRequest == null ? corsEdits : upstreamRequest.responseHeaders().then(corsEdits);
    decide(new Done(attempt, attempt.tellsPeer ? edits.then(PeerMetadata.REMOVAL) : edits));
    attempts.abortAllBut(attempt, ResponseFlag.NONE);
  }

  /** The application gets the attempt's failure. */
  private void lose(ForwardedAttempt attempt, ResponseFlag flag) {
    decide(new Done(attempt, HeaderEdits.NONE));
    finish(attempt, flag);
  }

  private OutboundStep respond(Answer answer) {
    Answer told = answer.to(request);
    HeaderEdits edits = HeaderEdits.NONE;
    if (facts != null) {
      answered(facts, told.status(), told.flag(), CallFacts.Message.of(told.headers()));
    }
    if (destination != null || route != null) {
      CompiledHeaders headers =
          destination != null ? destination.responseHeaders : matched().responseHeaders;
      edits = headers.edits(facts, facts == null ? null : facts.received);
    }
    // Envoy applies a route's edits to the local replies of its filters, too.
    return finishWith(told.edited(edits.then(corsEdits)));
  }

  private void answered(CallFacts facts, int status, ResponseFlag flag, CallFacts.Message head) {
    facts.status = status;
    facts.flags = ResponseFlags.NONE.and(faultFlag).and(flag).and(attempts.retryRefusal());
    facts.received = head;
  }

  private OutboundStep finishWith(Answer answer) {
    OutboundStep step = decide(new Respond(answer));
    finish(answer.status(), answer.flag(), attempts.last());
    return step;
  }

  private OutboundStep decide(OutboundStep step) {
    decided = step;
    attempts.noMore();
    mirror();
    if (held != null) {
      wakeAfterwards(held);
    }
    changed();
    return step;
  }

  private void mirror() {
    Forwarding forwarding = route == null ? null : route.forwarding;
    ForwardedAttempt first = attempts.first();
    if (forwarding == null || forwarding.mirrors.isEmpty() || first == null) {
      return;
    }
    UpstreamRequest plan = upstreamRequest;
    try {
      Mirroring.send(
          router,
          snapshot,
          request,
          forwarding.mirrors,
          first,
          plan == null ? CallTimeouts.NONE : plan.timeouts);
    } catch (RuntimeException e) {
      // A copy that can't be made is none; the call itself must go on.
    }
  }

  private void finish(@Nullable ForwardedAttempt attempt, ResponseFlag flag) {
    finish(attempt == null ? 0 : attempt.status, flag, attempt);
  }

  private void finish(int status, ResponseFlag flag, @Nullable ForwardedAttempt attempt) {
    if (finished) {
      return;
    }
    finished = true;
    if (cancelTimeout != null) {
      cancelTimeout.run();
    }
    observation.flagged(faultFlag);
    observation.flagged(attempts.retryRefusal());
    observation.ended(
        status,
        flag == ResponseFlag.NONE ? faultFlag : flag,
        routeName(),
        destination == null ? null : destination.cluster,
        attempt == null ? null : attempt.endpoint(),
        attempt != null && attempt.shookHands(router.tls()),
        attempt == null ? null : attempt.peerId(router.tls()));
  }

  // Waiting

  private Wait hold(CompletableFuture<@Nullable Void> until) {
    held = until;
    return new Wait(until);
  }

  private Wait awaitChange() {
    CompletableFuture<@Nullable Void> until = change;
    if (until == null) {
      until = new CompletableFuture<>();
      change = until;
    }
    return new Wait(until);
  }

  private void changed() {
    CompletableFuture<@Nullable Void> until = change;
    if (until != null) {
      change = null;
      wakeAfterwards(until);
    }
  }
}
