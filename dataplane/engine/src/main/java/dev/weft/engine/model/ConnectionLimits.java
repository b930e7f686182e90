package dev.weft.engine.model;

import java.time.Duration;

/**
 * How long a connection may be used: Envoy's common_http_protocol_options. For carriers whose
 * library's pool lets it be done.
 *
 * @param maxRequests over one connection; 0: any number
 * @param maxDuration since it was made; 0: for ever
 * @param idleTimeout between two requests; 0: for ever
 */
public record ConnectionLimits(int maxRequests, Duration maxDuration, Duration idleTimeout) {

  public static final ConnectionLimits NONE = new ConnectionLimits(0, Duration.ZERO, Duration.ZERO);

  /** Whether one must not be used again that has had so many requests, for so long. */
  public boolean areReached(int requests, long ageNanos) {
    return (maxRequests > 0 && requests >= maxRequests)
        || (!maxDuration.isZero() && ageNanos >= maxDuration.toNanos());
  }

  /** Whether one has been idle for too long. */
  public boolean areIdle(long idleNanos) {
    return !idleTimeout.isZero() && idleNanos >= idleTimeout.toNanos();
  }
}
