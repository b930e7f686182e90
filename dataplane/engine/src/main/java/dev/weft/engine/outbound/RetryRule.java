package dev.weft.engine.outbound;

import dev.weft.engine.GrpcStatus;
import dev.weft.engine.HeaderSource;
import dev.weft.engine.model.HeaderMatch;
import dev.weft.engine.model.RetryPolicy;
import dev.weft.engine.outbound.Attempt.Failure;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Which outcomes of an attempt call for another, as Envoy's {@code RetryStateImpl} decides, and how
 * long to wait before it. Knows nothing of how many tries are left or whether the request can be
 * sent again.
 */
final class RetryRule {

  private final RetryPolicy policy;
  private final boolean on5xx;
  private final boolean onGatewayError;
  private final boolean onReset;
  private final boolean onResetBeforeRequest;
  private final boolean onConnectFailure;
  private final boolean onRefusedStream;
  private final boolean onRetriable4xx;
  private final boolean onRateLimited;
  private final Set<Integer> statuses;
  private final HeaderMatch[] headers;
  private final HeaderCondition[] requestHeaders;

  /** A bit for each gRPC status. */
  private final int grpcStatuses;

  private final int retries;
  private final long perTryTimeoutNanos;
  private final long backOffBaseNanos;
  private final long backOffMaxNanos;
  private final boolean avoidPreviousHosts;
  private final int otherPrioritiesEvery;
  private final boolean hedgesOnPerTryTimeout;

  RetryRule(RetryPolicy policy) {
    this.policy = policy;
    Set<String> on = policy.on();
    on5xx = on.contains("5xx");
    onGatewayError = on.contains("gateway-error");
    onReset = on.contains("reset");
    onResetBeforeRequest = on.contains("reset-before-request");
    onConnectFailure = on.contains("connect-failure");
    onRefusedStream = on.contains("refused-stream");
    onRetriable4xx = on.contains("retriable-4xx");
    onRateLimited = on.contains("envoy-ratelimited");
    statuses = on.contains("retriable-status-codes") ? policy.retriableStatusCodes() : Set.of();
    headers =
        on.contains("retriable-headers")
            ? policy.retriableHeaders().toArray(HeaderMatch[]::new)
            : new HeaderMatch[0];
    requestHeaders =
        policy.retriableRequestHeaders().stream()
            .map(HeaderCondition::of)
            .toArray(HeaderCondition[]::new);
    grpcStatuses =
        bit(on, "cancelled", GrpcStatus.CANCELLED)
            | bit(on, "deadline-exceeded", GrpcStatus.DEADLINE_EXCEEDED)
            | bit(on, "resource-exhausted", GrpcStatus.RESOURCE_EXHAUSTED)
            | bit(on, "internal", GrpcStatus.INTERNAL)
            | bit(on, "unavailable", GrpcStatus.UNAVAILABLE);
    retries = policy.retries();
    perTryTimeoutNanos =
        policy.perTryTimeout() == null ? 0 : Math.max(0, policy.perTryTimeout().toNanos());
    backOffBaseNanos = Math.max(1, policy.backOffBase().toNanos());
    backOffMaxNanos = Math.max(backOffBaseNanos, policy.backOffMax().toNanos());
    avoidPreviousHosts = policy.avoidPreviousHosts();
    otherPrioritiesEvery = policy.otherPrioritiesEvery();
    hedgesOnPerTryTimeout = policy.hedgeOnPerTryTimeout();
  }

  private static int bit(Set<String> on, String condition, int grpcStatus) {
    return on.contains(condition) ? 1 << grpcStatus : 0;
  }

  RetryPolicy policy() {
    return policy;
  }

  int retries() {
    return retries;
  }

  /** Whether this request is one that may be retried at all. */
  boolean concerns(OutboundRequest request) {
    for (HeaderCondition condition : requestHeaders) {
      if (condition.holds(request)) {
        return true;
      }
    }
    return requestHeaders.length == 0;
  }

  /** 0: none. */
  long perTryTimeoutNanos() {
    return perTryTimeoutNanos;
  }

  boolean avoidPreviousHosts() {
    return avoidPreviousHosts;
  }

  /** After how many attempts those that follow go to other priorities; 0: never. */
  int otherPrioritiesEvery() {
    return otherPrioritiesEvery;
  }

  /** Whether an attempt goes on beyond its per-try timeout, beside the retry. */
  boolean hedgesOnPerTryTimeout() {
    return hedgesOnPerTryTimeout;
  }

  boolean afterResponse(int status, HeaderSource headers) {
    if (headers.header("x-envoy-ratelimited") != null) {
      return onRateLimited;
    }
    if ((on5xx && status >= 500 && status <= 599)
        || (onGatewayError && status >= 502 && status <= 504)
        || (onRetriable4xx && status == 409)
        || (!statuses.isEmpty() && statuses.contains(status))) {
      return true;
    }
    for (HeaderMatch match : this.headers) {
      if (match.holds(headers.header(match.name()))) {
        return true;
      }
    }
    if (grpcStatuses == 0) {
      return false;
    }
    int grpcStatus = GrpcStatus.in(headers);
    return grpcStatus >= 0 && (grpcStatuses & (1 << grpcStatus)) != 0;
  }

  /** An attempt failed before its response's head, other than by its own per-try timeout. */
  boolean afterFailure(Failure kind) {
    if (kind == Failure.ABORTED) {
      return false;
    }
    boolean notConnected = kind == Failure.CONNECT || kind == Failure.STALE;
    return afterReset()
        || (onConnectFailure && notConnected)
        || (onRefusedStream && kind == Failure.REFUSED_STREAM)
        || (onResetBeforeRequest && notConnected);
  }

  /** A per-try timeout is a reset by the proxy itself. */
  boolean afterPerTryTimeout() {
    return afterReset();
  }

  private boolean afterReset() {
    return onReset || on5xx || onGatewayError;
  }

  /**
   * A random time below base × (2^n − 1), and never above the maximum (Envoy's documentation of
   * {@code x-envoy-max-retries}).
   *
   * @param retry counts from 1
   */
  long backOffNanos(int retry, RandomGenerator random) {
    long factor = (1L << Math.min(retry, 30)) - 1;
    long ceiling =
        backOffBaseNanos > backOffMaxNanos / factor ? backOffMaxNanos : backOffBaseNanos * factor;
    return random.nextLong(Math.max(1, ceiling));
  }

  static @Nullable RetryRule of(@Nullable RetryPolicy policy) {
    return policy == null || (policy.retries() <= 0 && policy.perTryTimeout() == null)
        ? null
        : new RetryRule(policy);
  }
}
