package dev.weft.engine.outbound;

import dev.weft.engine.Deadline;
import dev.weft.engine.GrpcStatus;
import dev.weft.engine.GrpcTimeout;
import dev.weft.engine.Header;
import dev.weft.engine.HeaderEdits;
import dev.weft.engine.RequestContext;
import dev.weft.engine.model.Route.Timeouts;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * How long one call and each of its tries may take, and what the next hop is told of it, as Envoy's
 * router works it out; and never longer than the request on whose behalf the call is made may still
 * take.
 *
 * @param totalNanos 0: without end
 * @param perTryNanos 0: as long as the whole
 */
record CallTimeouts(long totalNanos, long perTryNanos, boolean tellGrpc) {

  static final CallTimeouts NONE = new CallTimeouts(0, 0, false);

  static CallTimeouts of(
      Timeouts route,
      @Nullable RetryRule retry,
      RequestOptions options,
      OutboundRequest request,
      @Nullable RequestContext parent,
      long now) {
    boolean grpc = route.maxGrpc() != null && GrpcStatus.isGrpc(request.header("content-type"));
    long total = options.timeoutNanos(grpc ? grpcTimeout(route, request) : nanos(route.total()));
    Deadline deadline = parent == null ? Deadline.NONE : parent.deadline();
    if (!deadline.isNone()) {
      long remaining = Math.max(1, deadline.remainingNanos(now));
      total = total == 0 ? remaining : Math.min(total, remaining);
    }
    long perTry = options.perTryTimeoutNanos(retry == null ? 0 : retry.perTryTimeoutNanos());
    if (total != 0 && perTry >= total) {
      perTry = 0;
    }
    return total == 0 && perTry == 0 ? NONE : new CallTimeouts(total, perTry, grpc);
  }

  boolean isNone() {
    return totalNanos == 0 && perTryNanos == 0;
  }

  private static long grpcTimeout(Timeouts route, OutboundRequest request) {
    long wanted = GrpcTimeout.nanos(request.header("grpc-timeout"));
    long longest = nanos(route.maxGrpc());
    return longest != 0 && (wanted == 0 || wanted > longest) ? longest : wanted;
  }

  private static long nanos(@Nullable Duration duration) {
    return duration == null ? 0 : Math.max(0, duration.toNanos());
  }

  /**
   * {@code x-envoy-expected-rq-timeout-ms}, and {@code grpc-timeout} where the caller's was read.
   *
   * @param elapsedNanos since the call was begun
   */
  HeaderEdits tell(long elapsedNanos, boolean hedged) {
    long expected = totalNanos == 0 ? 0 : Math.max(1, totalNanos - elapsedNanos);
    if (perTryNanos != 0 && !hedged && (expected == 0 || perTryNanos < expected)) {
      expected = perTryNanos;
    }
    if (expected == 0) {
      return HeaderEdits.NONE;
    }
    long millis = Math.max(1, TimeUnit.NANOSECONDS.toMillis(expected));
    List<Header> set = new ArrayList<>(2);
    set.add(new Header("x-envoy-expected-rq-timeout-ms", Long.toString(millis)));
    if (tellGrpc) {
      set.add(new Header("grpc-timeout", GrpcTimeout.ofMillis(millis)));
    }
    return new HeaderEdits(List.of(), set, List.of());
  }
}
