package dev.weft.engine.model;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All that a workload knows of its mesh at one moment. A request sees one snapshot from start to
 * end.
 *
 * @param hosts the mesh's hosts; null until the name tables have arrived
 * @param routes by listener name {@code host:port}, the host as {@link MeshHost#name} spells it; a
 *     name that was asked for and does not exist maps to {@link RouteTable#MISSING}
 * @param clusters by name
 * @param inbound by port; a port without an entry follows the workload's initial mode
 * @param telemetry what is to be told of requests
 */
public record MeshSnapshot(
    @Nullable MeshHosts hosts,
    Map<String, RouteTable> routes,
    Map<String, Cluster> clusters,
    Map<Integer, InboundListener> inbound,
    TelemetryPolicy.Both telemetry) {

  public static final MeshSnapshot EMPTY = new MeshSnapshot(null, Map.of(), Map.of(), Map.of());

  /** One that says nothing of telemetry. */
  public MeshSnapshot(
      @Nullable MeshHosts hosts,
      Map<String, RouteTable> routes,
      Map<String, Cluster> clusters,
      Map<Integer, InboundListener> inbound) {
    this(hosts, routes, clusters, inbound, TelemetryPolicy.Both.NONE);
  }

  public MeshSnapshot {
    routes = Map.copyOf(routes);
    clusters = Map.copyOf(clusters);
    inbound = Map.copyOf(inbound);
  }
}
