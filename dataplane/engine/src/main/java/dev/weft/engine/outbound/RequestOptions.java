package dev.weft.engine.outbound;

import dev.weft.engine.HeaderEdits;
import dev.weft.engine.model.RetryPolicy;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What a request asks for itself by the headers that Envoy's router understands ({@code
 * x-envoy-retry-on} and its like). They end here.
 */
final class RequestOptions {

  private static final String PREFIX = "x-envoy-";

  static final RequestOptions NONE = new RequestOptions(-1, -1, null, HeaderEdits.NONE);

  private static final List<String> NAMES =
      List.of(
          "x-envoy-retry-on",
          "x-envoy-retry-grpc-on",
          "x-envoy-max-retries",
          "x-envoy-retriable-status-codes",
          "x-envoy-retriable-header-names",
          "x-envoy-upstream-rq-timeout-ms",
          "x-envoy-upstream-rq-per-try-timeout-ms",
          "x-envoy-hedge-on-per-try-timeout");

  private static final HeaderEdits REMOVAL = new HeaderEdits(NAMES, List.of(), List.of());

  private final long timeoutNanos;
  private final long perTryTimeoutNanos;

  /** Null: as the route has it. */
  private final @Nullable RetryPolicy retries;

  final HeaderEdits removal;

  private RequestOptions(
      long timeoutNanos,
      long perTryTimeoutNanos,
      @Nullable RetryPolicy retries,
      HeaderEdits removal) {
    this.timeoutNanos = timeoutNanos;
    this.perTryTimeoutNanos = perTryTimeoutNanos;
    this.retries = retries;
    this.removal = removal;
  }

  /**
   * @param route the route's own policy
   */
  static RequestOptions of(OutboundRequest request, @Nullable RetryRule route) {
    if (!request.mayHaveHeader(PREFIX) || !hasAny(request)) {
      return NONE;
    }
    RetryPolicy retries = RetryPolicyHeaders.merged(request, route == null ? null : route.policy());
    long timeout = nanos(request.number("x-envoy-upstream-rq-timeout-ms"));
    long perTry = nanos(request.number("x-envoy-upstream-rq-per-try-timeout-ms"));
    return new RequestOptions(timeout, perTry, retries, REMOVAL);
  }

  private static boolean hasAny(OutboundRequest request) {
    for (String name : NAMES) {
      if (request.header(name) != null) {
        return true;
      }
    }
    return false;
  }

  /** 0: none. */
  long timeoutNanos(long ofRoute) {
    return timeoutNanos < 0 ? ofRoute : timeoutNanos;
  }

  /** 0: none. */
  long perTryTimeoutNanos(long ofRoute) {
    return perTryTimeoutNanos < 0 ? ofRoute : perTryTimeoutNanos;
  }

  @Nullable RetryRule retries(@Nullable RetryRule ofRoute) {
    return retries == null ? ofRoute : RetryRule.of(retries);
  }

  private static long nanos(long millis) {
    return millis < 0 ? -1 : TimeUnit.MILLISECONDS.toNanos(millis);
  }
}
