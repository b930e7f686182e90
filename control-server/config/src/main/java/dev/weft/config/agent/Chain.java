package dev.weft.config.agent;

import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import java.util.List;

/**
 * Everything that a call to one {@code host:port} needs. Clusters and assignments are ordered by
 * name; clusters whose endpoints are not known by their addresses have no assignment. A route may
 * name a cluster that is not here: nothing has that host, port or subset, and such a request gets
 * no healthy upstream.
 */
public record Chain(
    Listener listener,
    RouteConfiguration routes,
    List<Cluster> clusters,
    List<ClusterLoadAssignment> assignments) {

  public Chain {
    clusters = List.copyOf(clusters);
    assignments = List.copyOf(assignments);
  }
}
