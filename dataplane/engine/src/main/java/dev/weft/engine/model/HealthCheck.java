package dev.weft.engine.model;

import dev.weft.engine.HeaderEdits;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/**
 * How the endpoints of a cluster are asked whether they are well (Envoy's core.v3.HealthCheck).
 *
 * @param timeout of one check
 * @param initialJitter of an endpoint's first check, at most
 * @param intervals from the end of one check to the next
 * @param unhealthyThreshold failures in a row that make a healthy endpoint unhealthy; those that
 *     say so outright need no second
 * @param healthyThreshold successes in a row that make an unhealthy endpoint healthy; the first
 *     check of an endpoint needs no second
 */
public record HealthCheck(
    Check check,
    Duration timeout,
    Duration initialJitter,
    Intervals intervals,
    int unhealthyThreshold,
    int healthyThreshold) {

  /**
   * @param healthy after a check that passed
   * @param healthyEdge after one that passed and more must
   * @param unhealthy after a check that failed
   * @param unhealthyEdge after one that failed and more must
   * @param noTraffic while the cluster has never been used
   * @param noTrafficHealthy the same, after a check that passed
   * @param jitter added to each, at most
   * @param jitterPercent of each, added to it, at most
   */
  public record Intervals(
      Duration healthy,
      Duration healthyEdge,
      Duration unhealthy,
      Duration unhealthyEdge,
      Duration noTraffic,
      Duration noTrafficHealthy,
      Duration jitter,
      int jitterPercent) {}

  /** What is asked. */
  public sealed interface Check {}

  /**
   * @param host empty: the cluster's name
   * @param expected statuses that pass
   * @param retriable statuses that fail, though not outright
   * @param receive what the body must hold, one after the other
   */
  public record Http(
      String method,
      String host,
      String path,
      HeaderEdits headers,
      Payload send,
      List<Payload> receive,
      List<Statuses> expected,
      List<Statuses> retriable)
      implements Check {

    public Http {
      receive = List.copyOf(receive);
      expected = List.copyOf(expected);
      retriable = List.copyOf(retriable);
    }
  }

  /**
   * @param send nothing: to be connected is enough
   * @param receive what must come, one after the other
   */
  public record Tcp(Payload send, List<Payload> receive) implements Check {

    public Tcp {
      receive = List.copyOf(receive);
    }
  }

  /**
   * gRPC's health checking protocol (grpc.health.v1).
   *
   * @param service empty: the server as a whole
   * @param authority empty: the cluster's name
   */
  public record Grpc(String service, String authority, HeaderEdits metadata) implements Check {}

  /** Bytes, compared by what they are: a cluster that didn't change is recognized. */
  public static final class Payload {

    public static final Payload NONE = new Payload(new byte[0]);

    private final byte[] bytes;

    public Payload(byte[] bytes) {
      this.bytes = bytes.clone();
    }

    public byte[] bytes() {
      return bytes.clone();
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Payload payload && Arrays.equals(bytes, payload.bytes);
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(bytes);
    }

    @Override
    public String toString() {
      return HexFormat.of().formatHex(bytes);
    }
  }

  /**
   * @param end exclusive
   */
  public record Statuses(long start, long end) {

    public boolean contain(int status) {
      return status >= start && status < end;
    }
  }
}
