package dev.weft.engine.upstream;

import dev.weft.engine.model.Assignment.LocalityEndpoints;
import dev.weft.engine.model.Cluster;
import dev.weft.engine.model.Endpoint;
import dev.weft.engine.model.Endpoint.Health;
import dev.weft.engine.outbound.ConnectionKey;
import dev.weft.engine.spi.OriginatedTls;
import dev.weft.engine.spi.Timer;
import dev.weft.engine.spi.UpstreamTls;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Makes {@link Upstream}s of clusters, with the state that each cluster (by name) and each of its
 * endpoints (by address) had before. Not for use by several threads at once.
 */
public final class Upstreams {

  private final Timer timer;
  private final Supplier<? extends RandomGenerator> random;
  private final HealthProbe probe;
  private Map<String, Known> known = Map.of();
  private Map<ConnectionKey, ConnectionKey> keys = Map.of();

  public Upstreams(Timer timer, Supplier<? extends RandomGenerator> random, HealthProbe probe) {
    this.timer = timer;
    this.random = random;
    this.probe = probe;
  }

  /**
   * @return by the cluster's name; unchangeable
   */
  public Map<String, Upstream> update(Map<String, Cluster> clusters) {
    Map<String, Known> next = new HashMap<>(clusters.size() * 2);
    Map<ConnectionKey, ConnectionKey> nextKeys = new HashMap<>();
    Map<String, Upstream> upstreams = new HashMap<>(clusters.size() * 2);
    for (Cluster cluster : clusters.values()) {
      Known before = known.get(cluster.name());
      Known now =
          before != null && before.upstream.cluster().equals(cluster)
              ? before
              : compile(cluster, before, nextKeys);
      now.keys.forEach(key -> nextKeys.putIfAbsent(key, key));
      next.put(cluster.name(), now);
      upstreams.put(cluster.name(), now.upstream);
    }
    known.forEach(
        (name, before) -> {
          if (!next.containsKey(name)) {
            before.state.health.stop();
          }
        });
    known = next;
    keys = nextKeys;
    return Map.copyOf(upstreams);
  }

  private Known compile(
      Cluster cluster, @Nullable Known before, Map<ConnectionKey, ConnectionKey> nextKeys) {
    long time = timer.nanoTime();
    ClusterState state = before == null ? new ClusterState(probe, timer, random) : before.state;
    Map<InetSocketAddress, EndpointState> gone =
        before == null ? new HashMap<>() : new HashMap<>(before.endpoints);
    Map<InetSocketAddress, EndpointState> endpoints = new HashMap<>();
    Map<EndpointState, Target> checked = new LinkedHashMap<>();
    List<ConnectionKey> used = new ArrayList<>();
    SortedMap<Integer, List<HostSet.Locality>> priorities = new TreeMap<>();
    for (LocalityEndpoints locality : cluster.assignment().localities()) {
      List<Target> usable = new ArrayList<>(locality.endpoints().size());
      for (Endpoint endpoint : locality.endpoints()) {
        EndpointState kept = gone.remove(endpoint.address());
        EndpointState endpointState =
            endpoints.computeIfAbsent(
                endpoint.address(), address -> kept == null ? new EndpointState() : kept);
        if (endpoint.health() == Health.HEALTHY) {
          endpointState.healthy(time);
        }
        boolean speaksTls =
            cluster.tls() instanceof OriginatedTls || (endpoint.meshTls() && cluster.tls() != null);
        ConnectionKey plaintext = intern(key(endpoint.address(), null, cluster), nextKeys, used);
        ConnectionKey secured =
            speaksTls
                ? intern(key(endpoint.address(), cluster.tls(), cluster), nextKeys, used)
                : null;
        if (!endpoint.draining() && (speaksTls || !cluster.tlsRequired())) {
          Target target = new Target(endpoint, endpointState, plaintext, secured);
          usable.add(target);
          checked.put(endpointState, asChecked(target, cluster, speaksTls));
        }
      }
      priorities
          .computeIfAbsent(locality.priority(), priority -> new ArrayList<>())
          .add(new HostSet.Locality(locality.locality(), locality.weight(), usable));
    }
    if (before == null || !endpoints.keySet().equals(before.endpoints.keySet())) {
      state.counters.count(ClusterCounter.MEMBERSHIP_CHANGE);
    }
    state.outliers.replaceEndpoints(
        endpoints.values().toArray(EndpointState[]::new), gone.values());
    state.health.check(cluster, checked);
    if (cluster.lastGoodAnswer() == null) {
      state.answers.clear();
    }
    HostSet[] hosts = priorities.values().stream().map(HostSet::new).toArray(HostSet[]::new);
    return new Known(new Upstream(cluster, state, hosts, timer, random), state, endpoints, used);
  }

  /**
   * As health checks reach it: secured as requests to it are, at a port of their own if so said.
   */
  private static Target asChecked(Target target, Cluster cluster, boolean speaksTls) {
    Endpoint endpoint = target.endpoint();
    InetSocketAddress address = endpoint.checkedAddress();
    return cluster.healthCheck() == null || address.equals(endpoint.address())
        ? target
        : new Target(
            endpoint,
            target.state,
            key(address, null, cluster),
            speaksTls ? key(address, cluster.tls(), cluster) : null);
  }

  private static ConnectionKey key(
      InetSocketAddress address, @Nullable UpstreamTls tls, Cluster cluster) {
    return new ConnectionKey(address, tls, cluster.connectionOptions().proxyProtocol());
  }

  private ConnectionKey intern(
      ConnectionKey key, Map<ConnectionKey, ConnectionKey> nextKeys, List<ConnectionKey> used) {
    ConnectionKey kept = nextKeys.getOrDefault(key, keys.getOrDefault(key, key));
    nextKeys.putIfAbsent(kept, kept);
    used.add(kept);
    return kept;
  }

  private record Known(
      Upstream upstream,
      ClusterState state,
      Map<InetSocketAddress, EndpointState> endpoints,
      List<ConnectionKey> keys) {}
}
