package dev.weft.engine.model;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How one of a cluster's endpoints is chosen: Envoy's lb_policy with its configuration, and what
 * common_lb_config says.
 *
 * @param localityWeighted first a locality by its weight, then an endpoint of it (Envoy's
 *     locality_weighted_lb_config)
 * @param panicThreshold in percent: with fewer endpoints of a priority healthy, all of them are
 *     chosen from, unless other priorities make up for it (healthy_panic_threshold); 0: never
 * @param zoneAware null: the workload's own zone is as good as any other
 */
public record LoadBalancing(
    Policy policy, boolean localityWeighted, int panicThreshold, @Nullable ZoneAware zoneAware) {

  public static final LoadBalancing ROUND_ROBIN = of(new RoundRobin(null));
  public static final LoadBalancing LEAST_REQUEST =
      of(new LeastRequest(LeastRequest.DEFAULT_CHOICES, LeastRequest.DEFAULT_BIAS, null));
  public static final LoadBalancing RANDOM = of(new Random());

  /** Whatever the workload's own zone. */
  public LoadBalancing(Policy policy, boolean localityWeighted, int panicThreshold) {
    this(policy, localityWeighted, panicThreshold, null);
  }

  /** By a policy alone: localities don't matter, and there is no panic, as by Istio's default. */
  public static LoadBalancing of(Policy policy) {
    return new LoadBalancing(policy, false, 0);
  }

  /** The same for a workload that knows its replicas. */
  public LoadBalancing in(LocalCluster local) {
    return zoneAware == null
        ? this
        : new LoadBalancing(
            policy,
            localityWeighted,
            panicThreshold,
            new ZoneAware(zoneAware.percent, zoneAware.minClusterSize, local));
  }

  /**
   * Endpoints of the highest priority are chosen in the workload's own locality, as far as those
   * have the capacity for what it sends (Envoy's zone_aware_lb_config).
   *
   * @param percent of the requests that it concerns (routing_enabled)
   * @param minClusterSize so many healthy endpoints there must be (min_cluster_size)
   */
  public record ZoneAware(int percent, long minClusterSize, LocalCluster local) {

    /** Envoy's. */
    public static final long DEFAULT_MIN_CLUSTER_SIZE = 6;
  }

  /** Envoy's lb_policy. */
  public sealed interface Policy
      permits RoundRobin, ClientSideWeighted, LeastRequest, Random, RingHash, Maglev {}

  /**
   * In turn, smoothly by weight.
   *
   * @param slowStart null: new endpoints take their whole share at once
   */
  public record RoundRobin(@Nullable SlowStart slowStart) implements Policy {}

  /**
   * In turn, by what endpoints report of their load (Envoy's client_side_weighted_round_robin, gRFC
   * A58).
   *
   * @param blackout since an endpoint's first report, before its weight counts
   * @param expiration of a weight since the last report
   * @param update how often weights are looked at
   * @param errorUtilizationPenalty how much errors, relative to requests, count as utilization
   * @param metrics of which the greatest is the utilization; none: what is reported as such
   */
  public record ClientSideWeighted(
      Duration blackout,
      Duration expiration,
      Duration update,
      double errorUtilizationPenalty,
      List<String> metrics)
      implements Policy {

    /** Envoy's. */
    public static final Duration DEFAULT_BLACKOUT = Duration.ofSeconds(10);

    /** Envoy's. */
    public static final Duration DEFAULT_EXPIRATION = Duration.ofMinutes(3);

    /** Envoy's. */
    public static final Duration DEFAULT_UPDATE = Duration.ofSeconds(1);

    /** gRFC A58. */
    public static final Duration SHORTEST_UPDATE = Duration.ofMillis(100);

    public ClientSideWeighted {
      metrics = List.copyOf(metrics);
    }
  }

  /**
   * The least busy of a few random ones.
   *
   * @param choices how many, at least 2 (choice_count)
   * @param activeRequestBias where weights differ: how much active requests count against an
   *     endpoint; 0: not at all, 1: by their number
   * @param slowStart null: new endpoints take their whole share at once
   */
  public record LeastRequest(int choices, double activeRequestBias, @Nullable SlowStart slowStart)
      implements Policy {

    /** Envoy's. */
    public static final int DEFAULT_CHOICES = 2;

    /** Envoy's. */
    public static final double DEFAULT_BIAS = 1;
  }

  /** Any, whatever its weight. */
  public record Random() implements Policy {}

  /**
   * By a hash of the request, on a ring.
   *
   * @param minimumSize entries on the ring, more if that is needed to give every endpoint its share
   */
  public record RingHash(long minimumSize, long maximumSize) implements Policy {

    /** Envoy's default. */
    public static final long DEFAULT_MINIMUM = 1024;

    /** Envoy's default and limit. */
    public static final long DEFAULT_MAXIMUM = 8L << 20;
  }

  /**
   * By a hash of the request, in Google's Maglev table.
   *
   * @param tableSize a prime
   */
  public record Maglev(int tableSize) implements Policy {

    /** Envoy's default. */
    public static final int DEFAULT_SIZE = 65_537;

    /** Envoy's limit. */
    public static final int LARGEST = 5_000_011;
  }

  /**
   * A new endpoint's share grows with its age (Envoy's SlowStartConfig).
   *
   * @param window after which it has its whole share
   * @param aggression 1: linear; the greater, the faster it grows at first
   * @param minimumPercent of its share, from the start
   */
  public record SlowStart(Duration window, double aggression, double minimumPercent) {

    /** Envoy's default. */
    public static final double DEFAULT_AGGRESSION = 1;

    /** Envoy's default. */
    public static final double DEFAULT_MINIMUM_PERCENT = 10;
  }
}
