package dev.weft.engine.outbound;

import dev.weft.engine.Answer;
import dev.weft.engine.GrpcStatus;
import dev.weft.engine.model.FaultPolicy;
import dev.weft.engine.model.FaultPolicy.Abort;
import dev.weft.engine.model.FaultPolicy.Delay;
import dev.weft.engine.model.FaultPolicy.Status;
import dev.weft.engine.model.Fraction;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** Delays and aborts, as Envoy's fault filter injects them. */
final class FaultInjection {

  private final HeaderCondition[] conditions;
  private final @Nullable Delay delay;
  private final @Nullable Abort abort;

  FaultInjection(FaultPolicy policy) {
    conditions = policy.headers().stream().map(HeaderCondition::of).toArray(HeaderCondition[]::new);
    delay = policy.delay();
    abort = policy.abort();
  }

  /** Whether the request is one of those that may be hit. */
  boolean concerns(OutboundRequest request) {
    for (HeaderCondition condition : conditions) {
      if (!condition.holds(request)) {
        return false;
      }
    }
    return true;
  }

  /**
   * @return 0: none, this time
   */
  long delayNanos(OutboundRequest request, RandomGenerator random) {
    if (delay == null) {
      return 0;
    }
    if (delay.duration() != null) {
      return delay.share().hits(random) ? delay.duration().toNanos() : 0;
    }
    long millis = request.number("x-envoy-fault-delay-request");
    long percentage = request.number("x-envoy-fault-delay-request-percentage");
    return millis > 0 && chosen(delay.share(), percentage).hits(random)
        ? TimeUnit.MILLISECONDS.toNanos(millis)
        : 0;
  }

  /**
   * @return null: none, this time
   */
  @Nullable Answer abort(OutboundRequest request, RandomGenerator random) {
    if (abort == null) {
      return null;
    }
    Status status = abort.status();
    Fraction share = abort.share();
    if (status == null) {
      status = chosenStatus(request);
      share = chosen(share, request.number("x-envoy-fault-abort-request-percentage"));
    }
    return status != null && share.hits(random)
        ? LocalReply.faultAbort(status.code(), status.grpc())
        : null;
  }

  private static @Nullable Status chosenStatus(OutboundRequest request) {
    long http = request.number("x-envoy-fault-abort-request");
    if (http >= 200 && http < 600) {
      return new Status((int) http, false);
    }
    long grpc = request.number("x-envoy-fault-abort-grpc-request");
    return GrpcStatus.isKnown(grpc) ? new Status((int) grpc, true) : null;
  }

  /** A request may choose a smaller share than the configured one. */
  private static Fraction chosen(Fraction share, long wanted) {
    return wanted < 0
        ? share
        : new Fraction((int) Math.min(wanted, share.numerator()), share.denominator());
  }
}
