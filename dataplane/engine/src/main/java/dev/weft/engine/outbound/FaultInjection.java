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
      return happens(delay.share(), random) ? delay.duration().toNanos() : 0;
    }
    String wanted = request.header("x-envoy-fault-delay-request");
    return wanted != null
            && happens(
                chosen(delay.share(), request.header("x-envoy-fault-delay-request-percentage")),
                random)
        ? TimeUnit.MILLISECONDS.toNanos(Math.max(0, number(wanted)))
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
      share = chosen(share, request.header("x-envoy-fault-abort-request-percentage"));
    }
    return status != null && happens(share, random)
        ? LocalReply.faultAbort(status.code(), status.grpc())
        : null;
  }

  private static @Nullable Status chosenStatus(OutboundRequest request) {
    String http = request.header("x-envoy-fault-abort-request");
    int code = http == null ? -1 : number(http);
    if (code >= 200 && code < 600) {
      return new Status(code, false);
    }
    String grpc = request.header("x-envoy-fault-abort-grpc-request");
    code = grpc == null ? -1 : number(grpc);
    return GrpcStatus.isKnown(code) ? new Status(code, true) : null;
  }

  /** A request may choose a smaller share than the configured one. */
  private static Fraction chosen(Fraction share, @Nullable String wanted) {
    int numerator = wanted == null ? -1 : number(wanted);
    return numerator < 0
        ? share
        : new Fraction(Math.min(numerator, share.numerator()), share.denominator());
  }

  static boolean happens(Fraction share, RandomGenerator random) {
    return share.numerator() > 0
        && (share.numerator() >= share.denominator()
            || random.nextInt(share.denominator()) < share.numerator());
  }

  /**
   * @return -1 if it is none
   */
  private static int number(String text) {
    try {
      return Math.max(-1, Integer.parseInt(text.trim()));
    } catch (NumberFormatException e) {
      return -1;
    }
  }
}
