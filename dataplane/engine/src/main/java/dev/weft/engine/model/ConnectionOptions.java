package dev.weft.engine.model;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How a connection is made, and how long it may be used: Envoy's upstream_connection_options and
 * common_http_protocol_options. For carriers whose library lets it be done.
 *
 * @param maxRequests over one connection; 0: any number
 * @param maxDuration since it was made; 0: for ever
 * @param idleTimeout between two requests; 0: for ever
 * @param keepalive null: TCP sends no probes
 * @param proxyProtocol the version of the PROXY protocol's header that goes ahead of all else, 1 or
 *     2; 0: none does
 */
public record ConnectionOptions(
    int maxRequests,
    Duration maxDuration,
    Duration idleTimeout,
    @Nullable TcpKeepalive keepalive,
    int proxyProtocol) {

  public static final ConnectionOptions NONE =
      new ConnectionOptions(0, Duration.ZERO, Duration.ZERO);

  /** Without probes, and without a PROXY header. */
  public ConnectionOptions(int maxRequests, Duration maxDuration, Duration idleTimeout) {
    this(maxRequests, maxDuration, idleTimeout, null, 0);
  }

  /**
   * Probes of TCP's on an idle connection; 0: as the operating system has it.
   *
   * @param timeSeconds idle, before the first
   * @param intervalSeconds between two
   * @param probes without an answer, before the connection counts as dead
   */
  public record TcpKeepalive(int timeSeconds, int intervalSeconds, int probes) {}

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
