package dev.weft.engine.outbound;

import dev.weft.engine.Answer;
import dev.weft.engine.GrpcStatus;
import dev.weft.engine.HeaderEdits;
import dev.weft.engine.HeaderSource;
import dev.weft.engine.PeerMetadata;
import dev.weft.engine.RequestContext;
import dev.weft.engine.ResponseFlag;
import dev.weft.engine.ResponseFlags;
import dev.weft.engine.limits.Permit;
import dev.weft.engine.outbound.Attempt.Failure;
import dev.weft.engine.outbound.OutboundStep.Done;
import dev.weft.engine.outbound.OutboundStep.Respond;
import dev.weft.engine.outbound.OutboundStep.Send;
import dev.weft.engine.outbound.OutboundStep.Wait;
import dev.weft.engine.spi.Telemetry.AttemptObservation;
import dev.weft.engine.upstream.ClusterCounter;
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

  private static final int SWITCHING_PROTOCOLS = 101;

  private final OutboundRouter router;
  private final OutboundRequest request;
  private final @Nullable RequestContext parent;
  private final OutboundSnapshot snapshot;
  private final FilterChain filters;
  private final CallReport report;

  /** Null until the filters have let it pass. */
  private @Nullable UpstreamRequest upstreamRequest;

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
    filters = new FilterChain(router, this.request, table);
    report = new CallReport(router, this.request, parent, filters);
  }

  @Override
  public @Nullable String routeName() {
    return filters.routeName();
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
    if (step == null && upstreamRequest == null) {
      step = filter();
    }
    return step == null ? forward() : step;
  }

  // Before anything is sent

  private @Nullable OutboundStep filter() {
    OutboundStep step = filters.next();
    if (step instanceof Wait wait) {
      // One of the call's own: it ends with the call, whatever becomes of the filter's.
      CompletableFuture<@Nullable Void> over = new CompletableFuture<>();
      var unused = wait.until().whenComplete((result, failure) -> over.complete(null));
      return hold(over);
    }
    return step instanceof Respond respond ? finishWith(respond) : start();
  }

  private @Nullable OutboundStep start() {
    Forwarding forwarding = filters.forwarding();
    if (forwarding == null) {
      throw new IllegalStateException("a route that does nothing");
    }
    Forwarding.Choice chosen = filters.destination();
    Upstream upstream = chosen == null ? null : snapshot.upstream(chosen.cluster);
    if (chosen == null || upstream == null) {
      return respond(LocalReply.NO_CLUSTER);
    }
    UpstreamRequest plan =
        new UpstreamRequest(
            request,
            filters.matched(),
            forwarding,
            chosen,
            upstream,
            filters.facts(),
            parent,
            router.timer());
    upstreamRequest = plan;
    if (plan.timeouts.totalNanos() > 0) {
      cancelTimeout =
          router.timer().schedule(plan.timeouts.totalNanos(), () -> inTurn(this::timedOut));
    }
    attempts.begin(plan.retries());
    return null;
  }

  // Attempts

  private OutboundStep forward() {
    if (!attempts.due()) {
      return awaitChange();
    }
    UpstreamRequest plan = upstreamRequest;
    if (plan == null) {
      throw new IllegalStateException("no destination");
    }
    Upstream cluster = plan.upstream();
    Target target = plan.pick(attempts, router);
    if (target == null) {
      cluster.count(ClusterCounter.UPSTREAM_CX_NONE_HEALTHY);
      return plan.fallBack(ResponseFlag.NO_HEALTHY_UPSTREAM, snapshot)
          ? forward()
          : cannotSend(LocalReply.NO_HEALTHY_UPSTREAM);
    }
    if (target.speaksMeshTls()
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
      return plan.fallBack(ResponseFlag.UPSTREAM_OVERFLOW, snapshot)
          ? forward()
          : cannotSend(attempts.count() == 0 ? LocalReply.OVERFLOW : LocalReply.OVERFLOW_OF_RETRY);
    }
    int number = attempts.count() + 1;
    AttemptObservation observed = report.attempt(number, plan, target, key);
    ForwardedAttempt attempt =
        new ForwardedAttempt(
            this,
            cluster,
            target,
            key,
            number,
            plan.line,
            filters
                .requestHeaders()
                .then(plan.headers(number, router.timer().nanoTime(), observed)),
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
    } else if (attempts.retried()) {
      attempt.count(ClusterCounter.UPSTREAM_RQ_RETRY_SUCCESS);
    }
    if (upstreamRequest != null) {
      attempt.recorder = upstreamRequest.recorder(status, headers);
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
    if (attempt.unconnected) {
      attempt.count(ClusterCounter.UPSTREAM_CX_CONNECT_FAIL);
    }
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
        winner.count(ClusterCounter.UPSTREAM_RQ_TIMEOUT);
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
    attempt.count(ClusterCounter.UPSTREAM_RQ_PER_TRY_TIMEOUT);
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
    UpstreamRequest plan = upstreamRequest;
    int retry = rule == null || plan == null ? 0 : attempts.takeRetry(rule, plan.upstream());
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
    CallFacts facts = filters.facts();
    if (facts != null) {
      facts.attempt = attempt;
      facts.peerId = attempt.peerId(router.tls());
      facts.headNanos = router.timer().nanoTime();
      facts.answered(attempt.status, flags().and(filters.flag()), new CallFacts.Message(headers));
    }
    HeaderEdits edits = responseHeaders();
    decide(new Done(attempt, attempt.tellsPeer ? edits.then(PeerMetadata.REMOVAL) : edits));
    attempts.abortAllBut(attempt, ResponseFlag.NONE);
  }

  /** The edits to every response that the application gets. */
  private HeaderEdits responseHeaders() {
    return upstreamRequest == null
        ? filters.responseHeaders()
        : upstreamRequest.responseHeaders().then(filters.responseHeaders());
  }

  /** The application gets the attempt's failure, unless an answer of before does instead. */
  private void lose(ForwardedAttempt attempt, ResponseFlag flag) {
    Answer stale = flag == ResponseFlag.DOWNSTREAM_CONNECTION_TERMINATION ? null : stale(flag);
    if (stale != null) {
      report.standsIn(flag);
      finishWith(new Respond(stale));
      return;
    }
    decide(new Done(attempt, HeaderEdits.NONE));
    finish(attempt, flag);
  }

  /** There is no response: an answer of before stands in for this one, if there is any. */
  private OutboundStep respond(Answer answer) {
    Answer stale = stale(answer.flag());
    if (stale != null) {
      report.standsIn(answer.flag());
      return finishWith(new Respond(stale));
    }
    return finishWith(new Respond(filters.edited(answer, flags())));
  }

  /** What befell the call, beside what becomes of it. */
  private ResponseFlags flags() {
    ResponseFlags flags = ResponseFlags.NONE.and(attempts.retryRefusal());
    return upstreamRequest == null ? flags : flags.and(upstreamRequest.fellBack());
  }

  /**
   * @param why there is no other
   */
  private @Nullable Answer stale(ResponseFlag why) {
    return upstreamRequest == null
        ? null
        : upstreamRequest.staleAnswer(
            kept -> {
              CallFacts facts = filters.facts();
              if (facts != null) {
                ResponseFlags flags = flags().and(filters.flag()).and(why);
                facts.answered(
                    200,
                    flags.and(ResponseFlag.RESPONSE_FROM_CACHE_FILTER),
                    CallFacts.Message.of(kept));
              }
              return responseHeaders();
            });
  }

  private OutboundStep finishWith(Respond respond) {
    OutboundStep step = decide(respond);
    finish(respond.answer().status(), respond.answer().flag(), attempts.last());
    return step;
  }

  private OutboundStep decide(OutboundStep step) {
    decided = step;
    attempts.noMore();
    report.decided();
    mirror();
    if (held != null) {
      wakeAfterwards(held);
    }
    changed();
    return step;
  }

  private void mirror() {
    Forwarding forwarding = filters.forwarding();
    ForwardedAttempt first = attempts.first();
    if (forwarding != null && !forwarding.mirrors.isEmpty() && first != null) {
      CallTimeouts timeouts =
          upstreamRequest == null ? CallTimeouts.NONE : upstreamRequest.timeouts;
      Mirroring.send(router, snapshot, request, forwarding.mirrors, first, timeouts);
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
    Permit permit = filters.permit();
    if (permit != null) {
      permit.release(flag != ResponseFlag.DOWNSTREAM_CONNECTION_TERMINATION);
    }
    if (cancelTimeout != null) {
      cancelTimeout.run();
    }
    report.ended(status, flag, upstreamRequest, attempts, attempt);
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
