package dev.weft.engine.upstream;

import dev.weft.engine.model.Cluster;
import java.util.Locale;

/** How a cluster is at a moment, by Envoy's names as {@link ClusterCounter}. */
public enum ClusterGauge {
  /** Requests under way. */
  UPSTREAM_RQ_ACTIVE,
  /** Endpoints; without those that are draining. */
  MEMBERSHIP_TOTAL,
  MEMBERSHIP_HEALTHY,
  MEMBERSHIP_DEGRADED,
  /** 1: no further request is sent. */
  CIRCUIT_BREAKERS_DEFAULT_RQ_OPEN,
  /** 1: no further request is retried. */
  CIRCUIT_BREAKERS_DEFAULT_RQ_RETRY_OPEN,
  OUTLIER_DETECTION_EJECTIONS_ACTIVE,
  /** Endpoints that health checks have not found wanting. */
  HEALTH_CHECK_HEALTHY;

  /** As it follows {@code envoy_cluster_}. */
  public String statistic() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Whether there is anything to say of a cluster that is so configured. */
  public boolean concerns(Cluster cluster) {
    return ClusterCounter.concerns(name(), cluster);
  }

  /** Takes time in proportion to the cluster's endpoints. */
  public long of(Upstream upstream) {
    return switch (this) {
      case UPSTREAM_RQ_ACTIVE -> upstream.activeRequests();
      case MEMBERSHIP_TOTAL -> upstream.members(fitness -> true);
      case MEMBERSHIP_HEALTHY -> upstream.members(fitness -> fitness == Fitness.HEALTHY);
      case MEMBERSHIP_DEGRADED -> upstream.members(fitness -> fitness == Fitness.DEGRADED);
      case CIRCUIT_BREAKERS_DEFAULT_RQ_OPEN -> upstream.breaksRequests() ? 1 : 0;
      case CIRCUIT_BREAKERS_DEFAULT_RQ_RETRY_OPEN -> upstream.breaksRetries() ? 1 : 0;
      case OUTLIER_DETECTION_EJECTIONS_ACTIVE -> upstream.ejected();
      case HEALTH_CHECK_HEALTHY -> upstream.checkedWell();
    };
  }
}
