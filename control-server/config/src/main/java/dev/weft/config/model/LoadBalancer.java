package dev.weft.config.model;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Istio's {@code loadBalancer}. A null part is not set.
 *
 * @param simple without meaning if there is a consistent hash
 * @param backendUtilization in place of both
 * @param zoneAware takes the place of {@code locality}
 */
public record LoadBalancer(
    @Nullable Simple simple,
    @Nullable ConsistentHash consistentHash,
    @Nullable BackendUtilization backendUtilization,
    @Nullable LocalityBalancing locality,
    @Nullable ZoneAwareBalancing zoneAware,
    @Nullable Warmup warmup) {

  public static final LoadBalancer DEFAULT = new LoadBalancer(null, null, null, null, null, null);

  public static LoadBalancer of(Simple simple) {
    return new LoadBalancer(simple, null, null, null, null, null);
  }

  /** Istio's {@code loadBalancer.simple}. */
  public enum Simple {
    LEAST_REQUEST,
    ROUND_ROBIN,
    RANDOM,
    /** Where the application's own resolution of the called name leads. */
    PASSTHROUGH
  }

  /**
   * Endpoints by a hash of the request.
   *
   * @param key null: there is nothing to hash
   */
  public record ConsistentHash(@Nullable HashKey key, HashAlgorithm algorithm) {}

  /** What of a request is hashed. */
  public sealed interface HashKey {}

  /** A header. */
  public record HeaderKey(String name) implements HashKey {}

  /** A parameter of the query. */
  public record QueryParameterKey(String name) implements HashKey {}

  /**
   * A cookie.
   *
   * @param path of one that is made where the request has none; may be empty
   * @param ttl its life; 0: the session; null: none is made
   * @param attributes of one that is made, in the order written; an empty value stands for none
   */
  public record CookieKey(
      String name, String path, @Nullable Duration ttl, Map<String, String> attributes)
      implements HashKey {}

  /** The client's address. */
  public record SourceIpKey() implements HashKey {}

  /** How a hash leads to an endpoint. */
  public sealed interface HashAlgorithm {}

  /** Entries on the ring, at least. */
  public record RingHash(long minimumSize) implements HashAlgorithm {

    /** Istio's and Envoy's. */
    public static final RingHash DEFAULT = new RingHash(1024);
  }

  /** Entries of the table; a prime. */
  public record Maglev(long tableSize) implements HashAlgorithm {

    /** Envoy's. */
    public static final Maglev DEFAULT = new Maglev(65_537);
  }

  /**
   * Endpoints in turn, by what they report of their load. A null part is Envoy's default.
   *
   * @param errorUtilizationPenalty how much errors, relative to requests, count as utilization
   * @param metrics of which the greatest is the utilization, as Envoy names them
   */
  public record BackendUtilization(
      @Nullable Duration blackoutPeriod,
      @Nullable Duration weightExpirationPeriod,
      @Nullable Duration weightUpdatePeriod,
      double errorUtilizationPenalty,
      List<String> metrics) {

    public BackendUtilization {
      metrics = List.copyOf(metrics);
    }
  }

  /** New endpoints take their share little by little; of 100, and aggression 1 is linear. */
  public record Warmup(Duration duration, double minimumPercent, double aggression) {}
}
