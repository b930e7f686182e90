package dev.weft.engine.outbound;

import dev.weft.engine.RequestContext;
import dev.weft.engine.ResponseFlag;
import dev.weft.engine.spi.Telemetry.AttemptObservation;
import dev.weft.engine.spi.Telemetry.OutboundObservation;
import dev.weft.engine.upstream.Target;
import org.jspecify.annotations.Nullable;

/** What telemetry is told of a call. Belongs to whoever has the call's turn. */
final class CallReport {

  private final OutboundRouter router;
  private final OutboundRequest request;
  private final FilterChain filters;
  private final OutboundObservation observation;

  /**
   * @param parent of the request on whose behalf the call is made
   */
  CallReport(
      OutboundRouter router,
      OutboundRequest request,
      @Nullable RequestContext parent,
      FilterChain filters) {
    this.router = router;
    this.request = request;
    this.filters = filters;
    observation = router.telemetry().outbound(request, parent);
  }

  AttemptObservation attempt(int number, UpstreamRequest plan, Target target, ConnectionKey key) {
    return observation.attempt(
        number,
        filters.matched().name,
        plan.upstream().cluster().name(),
        target.endpoint(),
        key.meshTls() != null);
  }

  /** Why there is no response where {@link #ended} will tell of an answer of before. */
  void standsIn(ResponseFlag why) {
    observation.flagged(why);
  }

  /** The call is decided, so that its request is known whole. */
  void decided() {
    try {
      observation.requestBody(request.bodyLength());
    } catch (RuntimeException e) {
      // Of a body of the application's own making; then it isn't known.
    }
  }

  /**
   * @param status 0 if there was no response
   * @param plan null: the call wasn't passed on
   * @param attempt the one that had the last word; null: none
   */
  void ended(
      int status,
      ResponseFlag flag,
      @Nullable UpstreamRequest plan,
      Attempts attempts,
      @Nullable ForwardedAttempt attempt) {
    String details = filters.details();
    if (details != null) {
      observation.detailed(details);
    }
    observation.flagged(filters.flag());
    observation.flagged(plan == null ? ResponseFlag.NONE : plan.fellBack());
    observation.flagged(attempts.retryRefusal());
    observation.ended(
        status,
        flag == ResponseFlag.NONE ? filters.flag() : flag,
        filters.routeName(),
        clusterName(plan, attempt),
        attempt == null ? null : attempt.endpoint(),
        attempt != null && attempt.shookHands(router.tls()),
        attempt == null ? null : attempt.peerId(router.tls()));
  }

  /** The one that had the last word; where none was asked, the one that would have been. */
  private @Nullable String clusterName(
      @Nullable UpstreamRequest plan, @Nullable ForwardedAttempt attempt) {
    if (attempt != null) {
      return attempt.clusterName();
    }
    if (plan != null) {
      return plan.upstream().cluster().name();
    }
    Forwarding.Choice destination = filters.destination();
    return destination == null ? null : destination.cluster;
  }
}
