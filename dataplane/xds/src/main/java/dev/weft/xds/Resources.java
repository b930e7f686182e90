package dev.weft.xds;

import dev.weft.engine.model.Assignment;
import dev.weft.xds.proto.Cluster;
import dev.weft.xds.proto.ClusterLoadAssignment;
import dev.weft.xds.proto.Listener;
import dev.weft.xds.proto.NameTable;
import dev.weft.xds.proto.RouteConfiguration;
import dev.weft.xds.translation.ClusterResource;
import dev.weft.xds.translation.ListenerResource;
import dev.weft.xds.translation.Note;
import dev.weft.xds.translation.RouteResource;
import dev.weft.xds.translation.Translation;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The caches of all types, and what one type's resources make wanted of the next. */
final class Resources {

  /** The workload's own endpoints and its replicas': what Istio's sidecars ask for by this name. */
  static final String LOCAL_CLUSTER = "local_cluster";

  final ResourceCache<NameTable> nameTables;
  final ResourceCache<ClusterResource> clusters;
  final ResourceCache<Assignment> endpoints;
  final ResourceCache<RouteResource> routes;
  final ResourceCache<ListenerResource> listeners;

  /**
   * On a new stream the listeners come last: a server that sends all that a listener leads to must
   * know by then what is held of it.
   */
  private final List<ResourceCache<?>> inOrder;

  final HostNames hostNames;

  Resources(ResourceCache.Later later, HostNames hostNames) {
    this.hostNames = hostNames;
    nameTables =
        new ResourceCache<>(
            "weft.v1.NameTable",
            message -> NameTable.parseFrom(message).getNamespace(),
            Translation::nameTable,
            later);
    clusters =
        new ResourceCache<>(
            "envoy.config.cluster.v3.Cluster",
            message -> Cluster.parseFrom(message).getName(),
            Translation::cluster,
            later);
    endpoints =
        new ResourceCache<>(
            "envoy.config.endpoint.v3.ClusterLoadAssignment",
            message -> ClusterLoadAssignment.parseFrom(message).getClusterName(),
            Translation::endpoints,
            later);
    routes =
        new ResourceCache<>(
            "envoy.config.route.v3.RouteConfiguration",
            message -> RouteConfiguration.parseFrom(message).getName(),
            Translation::route,
            later);
    listeners =
        new ResourceCache<>(
            "envoy.config.listener.v3.Listener",
            message -> Listener.parseFrom(message).getName(),
            Translation::listener,
            later);
    inOrder = List.of(nameTables, clusters, endpoints, routes, listeners);
    nameTables.want(Set.of(ResourceCache.WILDCARD));
  }

  List<ResourceCache<?>> inOrder() {
    return inOrder;
  }

  @Nullable ResourceCache<?> ofType(String typeUrl) {
    for (ResourceCache<?> cache : inOrder) {
      if (cache.typeUrl().equals(typeUrl)) {
        return cache;
      }
    }
    return null;
  }

  /** Follows the references from these listeners down to endpoints. */
  void want(Set<String> listenerNames) {
    Set<String> routeNames = new TreeSet<>();
    Set<String> clusterNames = new TreeSet<>();
    Set<String> assignmentNames = new TreeSet<>();
    for (String name : listenerNames) {
      ListenerResource listener = listeners.get(name);
      if (listener instanceof ListenerResource.RoutedBy routed) {
        routeNames.add(routed.routeConfiguration());
      }
      if (listener != null) {
        clusterNames.addAll(listener.clusters());
        clusterNames.addAll(listener.telemetry().clusters());
      }
      RouteResource table = routes(listener);
      if (table != null) {
        clusterNames.addAll(table.clusters());
      }
    }
    Map<String, Duration> hosts = new TreeMap<>();
    for (String name : clusterNames) {
      ClusterResource cluster = clusters.get(name);
      if (cluster != null && cluster.assignment() != null) {
        assignmentNames.add(cluster.assignment());
      }
      if (cluster != null && cluster.needsLocalCluster()) {
        assignmentNames.add(LOCAL_CLUSTER);
      }
      if (cluster != null && cluster.dns() != null) {
        Duration refresh = cluster.dns().refresh();
        cluster.hostNames().forEach(host -> hosts.merge(host, refresh, Resources::shorter));
      }
    }
    hostNames.want(hosts);
    listeners.want(listenerNames);
    routes.want(routeNames);
    clusters.want(clusterNames);
    endpoints.want(assignmentNames);
  }

  private static Duration shorter(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }

  /** The routes that a listener leads to, as far as they are held. */
  @Nullable RouteResource routes(@Nullable ListenerResource listener) {
    if (listener instanceof ListenerResource.Routed inline) {
      return inline.routes();
    }
    if (listener instanceof ListenerResource.RoutedBy routed) {
      RouteResource found = routes.get(routed.routeConfiguration());
      return found == null ? null : found.with(routed.paths());
    }
    return null;
  }

  /** Whether nothing more is to be expected for a listener. */
  boolean settled(String name) {
    ListenerResource listener = listeners.get(name);
    if (listener == null) {
      return listeners.settled(name);
    }
    if (listener instanceof ListenerResource.RoutedBy routed
        && !routes.settled(routed.routeConfiguration())) {
      return false;
    }
    RouteResource table = routes(listener);
    return table == null || table.clusters().stream().allMatch(this::clusterSettled);
  }

  private boolean clusterSettled(String name) {
    ClusterResource cluster = clusters.get(name);
    if (cluster == null) {
      return clusters.settled(name);
    }
    return cluster.assignment() == null
        ? cluster.hostNames().stream().allMatch(hostNames::answered)
        : endpoints.settled(cluster.assignment());
  }

  /** Takes whatever a listener still lacks for missing. */
  void giveUp(String name) {
    ListenerResource listener = listeners.get(name);
    if (listener == null) {
      listeners.presumeMissing(name);
      return;
    }
    if (listener instanceof ListenerResource.RoutedBy routed) {
      routes.presumeMissing(routed.routeConfiguration());
    }
    RouteResource table = routes(listener);
    if (table == null) {
      return;
    }
    for (String clusterName : table.clusters()) {
      clusters.presumeMissing(clusterName);
      ClusterResource cluster = clusters.get(clusterName);
      if (cluster != null && cluster.assignment() != null) {
        endpoints.presumeMissing(cluster.assignment());
      }
      if (cluster != null) {
        cluster.hostNames().forEach(hostNames::giveUp);
      }
    }
  }

  Map<String, XdsStatus.TypeStatus> status() {
    Map<String, XdsStatus.TypeStatus> status = new LinkedHashMap<>();
    inOrder.forEach(cache -> status.put(cache.typeUrl(), cache.status()));
    return status;
  }

  List<Note> notes() {
    return inOrder.stream().flatMap(cache -> cache.notes().stream()).distinct().toList();
  }
}
