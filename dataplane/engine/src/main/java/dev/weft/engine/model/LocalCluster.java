package dev.weft.engine.model;

import java.util.Map;

/**
 * The workload and its replicas, by which zone-aware routing knows what others send: what Envoy's
 * bootstrap calls local_cluster_name.
 *
 * @param locality the workload's own, {@code region/zone/subzone}; empty: not known
 * @param healthy how many replicas are healthy, by locality; 0 where there are others only
 * @param all how many there are
 */
public record LocalCluster(String locality, Map<String, Integer> healthy, int all) {

  /** Of a workload that knows nothing of itself. */
  public static final LocalCluster UNKNOWN = new LocalCluster("", Map.of(), 0);

  public LocalCluster {
    healthy = Map.copyOf(healthy);
  }
}
