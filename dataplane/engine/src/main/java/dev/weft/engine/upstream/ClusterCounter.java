package dev.weft.engine.upstream;

import dev.weft.engine.model.Cluster;
import java.util.Locale;

/**
 * What is counted of a cluster, by Envoy's names (cluster manager, statistics) with dots for
 * underscores. Of connections, which are the libraries', only what they report.
 */
public enum ClusterCounter {
  /** Requests that were sent, retries included. */
  UPSTREAM_RQ_TOTAL,
  UPSTREAM_RQ_RETRY,
  /** Retried requests that then needed no other retry. */
  UPSTREAM_RQ_RETRY_SUCCESS,
  /** Not retried, for the circuit breaker or the budget. */
  UPSTREAM_RQ_RETRY_OVERFLOW,
  /** Not retried, for it was as often as it may be. */
  UPSTREAM_RQ_RETRY_LIMIT_EXCEEDED,
  /** Not sent, for the circuit breaker. */
  UPSTREAM_RQ_PENDING_OVERFLOW,
  /** Attempts that the route's timeout ended. */
  UPSTREAM_RQ_TIMEOUT,
  UPSTREAM_RQ_PER_TRY_TIMEOUT,
  /** Connections, TLS included, that could not be made. */
  UPSTREAM_CX_CONNECT_FAIL,
  /** Not sent, for no endpoint was healthy. */
  UPSTREAM_CX_NONE_HEALTHY,
  /** Times that endpoints came or went. */
  MEMBERSHIP_CHANGE,
  /** Ejections, whatever for. */
  OUTLIER_DETECTION_EJECTIONS_ENFORCED_TOTAL,
  /** Given up, for too many were out already. */
  OUTLIER_DETECTION_EJECTIONS_OVERFLOW,
  OUTLIER_DETECTION_EJECTIONS_DETECTED_CONSECUTIVE_5XX,
  OUTLIER_DETECTION_EJECTIONS_ENFORCED_CONSECUTIVE_5XX,
  OUTLIER_DETECTION_EJECTIONS_DETECTED_CONSECUTIVE_GATEWAY_FAILURE,
  OUTLIER_DETECTION_EJECTIONS_ENFORCED_CONSECUTIVE_GATEWAY_FAILURE,
  OUTLIER_DETECTION_EJECTIONS_DETECTED_CONSECUTIVE_LOCAL_ORIGIN_FAILURE,
  OUTLIER_DETECTION_EJECTIONS_ENFORCED_CONSECUTIVE_LOCAL_ORIGIN_FAILURE,
  OUTLIER_DETECTION_EJECTIONS_DETECTED_SUCCESS_RATE,
  OUTLIER_DETECTION_EJECTIONS_ENFORCED_SUCCESS_RATE,
  OUTLIER_DETECTION_EJECTIONS_DETECTED_LOCAL_ORIGIN_SUCCESS_RATE,
  OUTLIER_DETECTION_EJECTIONS_ENFORCED_LOCAL_ORIGIN_SUCCESS_RATE,
  OUTLIER_DETECTION_EJECTIONS_DETECTED_FAILURE_PERCENTAGE,
  OUTLIER_DETECTION_EJECTIONS_ENFORCED_FAILURE_PERCENTAGE,
  OUTLIER_DETECTION_EJECTIONS_DETECTED_LOCAL_ORIGIN_FAILURE_PERCENTAGE,
  OUTLIER_DETECTION_EJECTIONS_ENFORCED_LOCAL_ORIGIN_FAILURE_PERCENTAGE,
  HEALTH_CHECK_ATTEMPT,
  HEALTH_CHECK_SUCCESS,
  HEALTH_CHECK_FAILURE;

  /** As it follows {@code envoy_cluster_}. */
  public String statistic() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Whether there is anything to count of a cluster that is so configured. */
  public boolean concerns(Cluster cluster) {
    return concerns(name(), cluster);
  }

  static boolean concerns(String name, Cluster cluster) {
    return (cluster.outlierDetection() != null || !name.startsWith("OUTLIER_DETECTION"))
        && (cluster.healthCheck() != null || !name.startsWith("HEALTH_CHECK"));
  }
}
