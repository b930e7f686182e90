package dev.weft.config.model;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Weft's ServicePolicy: what Istio has no field for. It is for a host, and then says what callers
 * do, or for the workloads that a selector chooses, and then says what servers do.
 *
 * @param host as written; a short name belongs to the resource's namespace; empty: see selector
 * @param selector of workloads in the resource's namespace; null: see host
 * @param visibility of a policy for a host
 * @param panicThreshold percent of healthy endpoints below which all are used; 0: never; null: what
 *     the DestinationRule comes to
 * @param healthCheck null: none
 * @param hedging null: none
 * @param fallback null: none
 * @param lastGoodAnswer null: none
 * @param rateLimits all of them hold
 * @param adaptiveConcurrency null: none
 */
public record ServicePolicy(
    Metadata metadata,
    String host,
    @Nullable WorkloadSelector selector,
    Visibility visibility,
    @Nullable Integer panicThreshold,
    @Nullable HealthCheck healthCheck,
    @Nullable Hedging hedging,
    @Nullable WeightedDestination fallback,
    @Nullable LastGoodAnswer lastGoodAnswer,
    List<RateLimit> rateLimits,
    @Nullable AdaptiveConcurrency adaptiveConcurrency)
    implements Resource {

  public ServicePolicy {
    rateLimits = List.copyOf(rateLimits);
  }

  /**
   * How callers ask endpoints whether they are well.
   *
   * @param interval from the end of one check to the next
   * @param timeout of one check
   * @param unhealthyThreshold failures in a row that make an endpoint unhealthy
   * @param healthyThreshold successes in a row that make it healthy again
   * @param port that is asked; null: the one that is called
   */
  public record HealthCheck(
      Probe probe,
      Duration interval,
      Duration timeout,
      int unhealthyThreshold,
      int healthyThreshold,
      @Nullable Integer port) {}

  /** What is asked. */
  public sealed interface Probe {}

  /**
   * A request.
   *
   * @param host empty: the service's
   * @param method such as {@code GET}
   * @param headers set on the request
   * @param expectedStatuses that pass; empty: 200
   */
  public record HttpProbe(
      String path,
      String host,
      String method,
      Map<String, String> headers,
      List<Statuses> expectedStatuses)
      implements Probe {

    public HttpProbe {
      expectedStatuses = List.copyOf(expectedStatuses);
    }
  }

  /** A connection. */
  public record TcpProbe() implements Probe {}

  /**
   * gRPC's health checking protocol.
   *
   * @param service empty: the server as a whole
   */
  public record GrpcProbe(String service) implements Probe {}

  /** From one HTTP status to another, both included. */
  public record Statuses(int from, int to) {}

  /**
   * Another attempt beside one that hasn't answered in time; the first good response wins.
   *
   * @param delay until then, where the route sets no {@code perTryTimeout}
   */
  public record Hedging(Duration delay) {}

  /**
   * The last good answer to a GET, kept in the caller and given again while the service is down.
   *
   * @param maxAge of an answer that is given again; whole seconds
   * @param maxEntries answers kept at most for each destination
   * @param maxBodyBytes of an answer that is kept
   */
  public record LastGoodAnswer(Duration maxAge, int maxEntries, int maxBodyBytes) {}
}
