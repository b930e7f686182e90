package dev.weft.engine.outbound;

import dev.weft.engine.Answer;
import dev.weft.engine.HeaderEdits;
import dev.weft.engine.ResponseFlag;
import dev.weft.engine.ResponseFlags;
import dev.weft.engine.limits.Decision;
import dev.weft.engine.limits.Limiter;
import dev.weft.engine.limits.Permit;
import dev.weft.engine.outbound.OutboundStep.Respond;
import dev.weft.engine.outbound.OutboundStep.Wait;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * What a call goes through before anything is sent: its route, then the route's filters, in the
 * order of Istio's filter chain. Belongs to whoever has the call's turn, save for {@link
 * #routeName}.
 */
final class FilterChain {

  /** What is to be looked at next. A filter sets the one after it before it waits or answers. */
  private enum Stage {
    ROUTE,
    DELAY,
    ABORT,
    CORS,
    LIMITS,
    RESPONDER,
    PASSED
  }

  private final OutboundRouter router;
  private final OutboundRequest request;
  private final RoutingTable table;

  private Stage stage = Stage.ROUTE;
  private volatile @Nullable CompiledRoute route;
  private Forwarding.@Nullable Choice destination;
  private HeaderEdits responseHeaders = HeaderEdits.NONE;
  private HeaderEdits requestHeaders = HeaderEdits.NONE;
  private ResponseFlag flag = ResponseFlag.NONE;
  private int limitsPassed;
  private @Nullable CompletableFuture<? extends Decision> asked;
  private @Nullable Permit permit;
  private @Nullable String details;

  /** For headers that ask for some; null if none does. */
  private @Nullable CallFacts facts;

  FilterChain(OutboundRouter router, OutboundRequest request, RoutingTable table) {
    this.router = router;
    this.request = request;
    this.table = table;
  }

  /**
   * @return what comes before the next filter, or an answer in the request's place; null once the
   *     request is to be forwarded
   */
  @Nullable OutboundStep next() {
    OutboundStep step = null;
    while (step == null && stage != Stage.PASSED) {
      step =
          switch (stage) {
            case ROUTE -> route();
            case DELAY -> delay();
            case ABORT -> abort();
            case CORS -> cors();
            case LIMITS -> limits();
            case RESPONDER -> respondByRoute();
            case PASSED -> null;
          };
    }
    return step;
  }

  private @Nullable OutboundStep route() {
    CompiledRoute found = table.route(request);
    if (found == null) {
      return new Respond(edited(LocalReply.NO_ROUTE));
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
    FaultInjection fault = matched().fault;
    if (fault == null || !fault.concerns(request)) {
      stage = Stage.CORS;
      return null;
    }
    stage = Stage.ABORT;
    long delayNanos = fault.delayNanos(request, router.random());
    if (delayNanos == 0) {
      return null;
    }
    flag = ResponseFlag.DELAY_INJECTED;
    CompletableFuture<@Nullable Void> over = new CompletableFuture<>();
    router.timer().schedule(delayNanos, () -> over.complete(null));
    return new Wait(over);
  }

  private @Nullable OutboundStep abort() {
    stage = Stage.CORS;
    FaultInjection fault = matched().fault;
    Answer answer = fault == null ? null : fault.abort(request, router.random());
    return answer == null ? null : new Respond(edited(answer));
  }

  private @Nullable OutboundStep cors() {
    stage = Stage.LIMITS;
    Cors cors = matched().cors;
    // Envoy's filter leaves routes alone that answer by themselves.
    if (cors == null || matched().forwarding == null) {
      return null;
    }
    Answer preflight = cors.preflight(request);
    if (preflight != null) {
      return new Respond(preflight);
    }
    responseHeaders = cors.edits(request);
    return null;
  }

  private @Nullable OutboundStep limits() {
    CompletableFuture<? extends Decision> awaited = asked;
    if (awaited != null) {
      asked = null;
      return decided(awaited.join());
    }
    Limiter[] limits = matched().limits;
    if (limits == null || limitsPassed == limits.length) {
      stage = Stage.RESPONDER;
      return null;
    }
    return decided(limits[limitsPassed++].decide(new Outgoing(request, destination, router)));
  }

  private @Nullable OutboundStep decided(Decision decision) {
    if (decision instanceof Decision.Pending pending) {
      asked = pending.decision().toCompletableFuture();
      return new Wait(asked);
    }
    if (decision instanceof Decision.Refused refused) {
      details = refused.details();
      return new Respond(edited(refused.answer()));
    }
    Decision.Allowed allowed = (Decision.Allowed) decision;
    requestHeaders = requestHeaders.then(allowed.requestHeaders());
    // Envoy's filters see a response in reverse.
    responseHeaders = allowed.responseHeaders().then(responseHeaders);
    if (allowed.permit() != null) {
      permit = Permit.both(permit, allowed.permit());
    }
    return null;
  }

  private @Nullable OutboundStep respondByRoute() {
    stage = Stage.PASSED;
    Responder responder = matched().responder;
    return responder == null ? null : new Respond(edited(responder.answer(request)));
  }

  private Answer edited(Answer answer) {
    return edited(answer, ResponseFlags.NONE);
  }

  /**
   * An answer of the mesh's own, with the edits that the response in its place would have had.
   *
   * @param flags what befell the call since it was passed on
   */
  Answer edited(Answer answer, ResponseFlags flags) {
    Answer told = answer.to(request);
    CallFacts known = facts;
    if (known != null) {
      known.answered(
          told.status(), flags.and(flag).and(told.flag()), CallFacts.Message.of(told.headers()));
    }
    CompiledRoute found = route;
    CompiledHeaders headers =
        destination != null
            ? destination.responseHeaders
            : found != null ? found.responseHeaders : null;
    HeaderEdits edits =
        headers == null
            ? HeaderEdits.NONE
            : headers.edits(known, known == null ? null : known.received);
    return told.edited(edits.then(responseHeaders));
  }

  /** Null if no header asks for any. */
  @Nullable CallFacts facts() {
    return facts;
  }

  /** The route that matched; to be asked for once there is one. */
  CompiledRoute matched() {
    CompiledRoute found = route;
    if (found == null) {
      throw new IllegalStateException("no route");
    }
    return found;
  }

  /** How the matched route forwards; null if it doesn't, or if there is none. */
  @Nullable Forwarding forwarding() {
    CompiledRoute found = route;
    return found == null ? null : found.forwarding;
  }

  /** From any thread. */
  @Nullable String routeName() {
    CompiledRoute found = route;
    return found == null ? null : found.name;
  }

  /** Which of the route's destinations it is; null if there is none. */
  Forwarding.@Nullable Choice destination() {
    return destination;
  }

  /** What filters have every response be given, after the route's edits. */
  HeaderEdits responseHeaders() {
    return responseHeaders;
  }

  /** What filters have the request be given, before the route's edits. */
  HeaderEdits requestHeaders() {
    return requestHeaders;
  }

  /** To be given back when the call is over; null: nothing. */
  @Nullable Permit permit() {
    return permit;
  }

  /** Envoy's {@code %RESPONSE_CODE_DETAILS%} of a filter's answer; null if the flags say it. */
  @Nullable String details() {
    return details;
  }

  /** What a filter did to the request without answering it. */
  ResponseFlag flag() {
    return flag;
  }
}
