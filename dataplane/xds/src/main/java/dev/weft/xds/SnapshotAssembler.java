package dev.weft.xds;

import dev.weft.engine.model.Assignment;
import dev.weft.engine.model.Assignment.LocalityEndpoints;
import dev.weft.engine.model.Cluster;
import dev.weft.engine.model.Endpoint;
import dev.weft.engine.model.InboundListener;
import dev.weft.engine.model.LocalCluster;
import dev.weft.engine.model.MeshHosts;
import dev.weft.engine.model.MeshSnapshot;
import dev.weft.engine.model.RouteTable;
import dev.weft.engine.model.TelemetryPolicy;
import dev.weft.xds.proto.NameTable;
import dev.weft.xds.translation.ClusterResource;
import dev.weft.xds.translation.ClusterResource.Dns;
import dev.weft.xds.translation.ListenerResource;
import dev.weft.xds.translation.NameTables;
import dev.weft.xds.translation.RouteResource;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Puts snapshots together from what is held. Values that didn't change are the same objects as in
 * the snapshot before. A change of routes comes into force when the clusters that it sends to are
 * there (make before break).
 */
final class SnapshotAssembler {

  private record Assembled(
      ClusterResource source, Assignment endpoints, LocalCluster local, Cluster cluster) {}

  private final Resources resources;
  private final String namespace;
  private final String locality;

  private final Map<String, RouteTable> routes = new HashMap<>();
  private Map<String, Assembled> clusters = Map.of();
  private List<NameTable> tables = List.of();
  private @Nullable MeshHosts hosts;

  /**
   * @param namespace the workload's own
   * @param locality the workload's own, {@code region/zone/subzone}; may be empty
   */
  SnapshotAssembler(Resources resources, String namespace, String locality) {
    this.resources = resources;
    this.namespace = namespace;
    this.locality = locality;
  }

  /**
   * @param outbound names of the clients' listeners asked for
   * @param namesKnown whether the name tables have arrived
   */
  MeshSnapshot assemble(Set<String> outbound, boolean namesKnown) {
    return new MeshSnapshot(
        namesKnown ? hosts() : null, routes(outbound), clusters(), inbound(), telemetry());
  }

  private MeshHosts hosts() {
    List<NameTable> now = resources.nameTables.values();
    if (hosts == null || !now.equals(tables)) {
      tables = now;
      hosts = NameTables.hosts(now, namespace);
    }
    return hosts;
  }

  private Map<String, RouteTable> routes(Set<String> outbound) {
    routes.keySet().retainAll(outbound);
    for (String name : outbound) {
      if (resources.settled(name)) {
        ListenerResource listener = resources.listeners.get(name);
        RouteResource table = resources.routes(listener);
        routes.put(
            name,
            listener == null || table == null
                ? RouteTable.MISSING
                : table.table().behind(listener.limits()));
      }
    }
    return routes;
  }

  private Map<String, Cluster> clusters() {
    Map<String, Assembled> assembled = new HashMap<>();
    Map<String, Cluster> byName = new HashMap<>();
    LocalCluster local = local();
    for (String name : resources.clusters.names()) {
      Assembled cluster = assembled(name, local);
      if (cluster != null) {
        assembled.put(name, cluster);
        byName.put(name, cluster.cluster());
      }
    }
    clusters = assembled;
    return byName;
  }

  /** Null while the endpoints are awaited. */
  private @Nullable Assembled assembled(String name, LocalCluster localCluster) {
    ClusterResource source = resources.clusters.get(name);
    if (source == null) {
      return null;
    }
    Assignment endpoints = source.settings().assignment();
    if (source.assignment() != null) {
      if (!resources.endpoints.settled(source.assignment())) {
        return null;
      }
      Assignment found = resources.endpoints.get(source.assignment());
      endpoints = found == null ? Assignment.NONE : found;
    } else if (source.dns() != null) {
      if (!source.hostNames().stream().allMatch(resources.hostNames::answered)) {
        return null;
      }
      endpoints = resolved(endpoints, source.dns());
    }
    LocalCluster local = source.needsLocalCluster() ? localCluster : LocalCluster.UNKNOWN;
    Assembled before = clusters.get(name);
    return before != null
            && before.source().equals(source)
            && before.endpoints().equals(endpoints)
            && before.local().equals(local)
        ? before
        : new Assembled(source, endpoints, local, source.with(endpoints, local));
  }

  /** Nothing waits for it: as long as it isn't there zones don't matter. */
  private LocalCluster local() {
    Assignment replicas = resources.endpoints.get(Resources.LOCAL_CLUSTER);
    if (replicas == null) {
      return LocalCluster.UNKNOWN;
    }
    Map<String, Integer> healthy = new HashMap<>();
    for (LocalityEndpoints there : replicas.localities()) {
      long fit =
          there.endpoints().stream()
              .filter(endpoint -> endpoint.health() == Endpoint.Health.HEALTHY)
              .count();
      if (!there.endpoints().isEmpty()) {
        healthy.merge(there.locality(), (int) fit, Integer::sum);
      }
    }
    return new LocalCluster(locality, healthy, replicas.endpoints().size());
  }

  /** With an endpoint for each of a name's addresses, or for the first. */
  private Assignment resolved(Assignment named, Dns dns) {
    return new Assignment(
        named.localities().stream()
            .map(
                locality ->
                    new LocalityEndpoints(
                        locality.locality(),
                        locality.priority(),
                        locality.weight(),
                        locality.endpoints().stream()
                            .flatMap(endpoint -> resolved(endpoint, dns))
                            .toList()))
            .toList(),
        named.overprovisioning(),
        named.weightedHealth());
  }

  private Stream<Endpoint> resolved(Endpoint endpoint, Dns dns) {
    InetSocketAddress address = endpoint.address();
    return address.isUnresolved()
        ? resources.hostNames.addresses(address.getHostString()).stream()
            .limit(dns.firstOnly() ? 1 : Long.MAX_VALUE)
            .map(found -> endpoint.at(new InetSocketAddress(found, address.getPort())))
        : Stream.of(endpoint);
  }

  /** Of each direction the first listener's; they all say the same. */
  private TelemetryPolicy.Both telemetry() {
    TelemetryPolicy inbound = null;
    TelemetryPolicy outbound = null;
    for (ListenerResource listener : resources.listeners.values()) {
      if (listener instanceof ListenerResource.Inbound) {
        inbound = inbound == null ? listener.telemetry() : inbound;
      } else {
        outbound = outbound == null ? listener.telemetry() : outbound;
      }
    }
    return new TelemetryPolicy.Both(
        inbound == null ? TelemetryPolicy.NONE : inbound,
        outbound == null ? TelemetryPolicy.NONE : outbound);
  }

  private Map<Integer, InboundListener> inbound() {
    Map<Integer, InboundListener> byPort = new HashMap<>();
    for (ListenerResource listener : resources.listeners.values()) {
      if (listener instanceof ListenerResource.Inbound inbound) {
        byPort.put(inbound.listener().port(), inbound.listener());
      }
    }
    return byPort;
  }
}
