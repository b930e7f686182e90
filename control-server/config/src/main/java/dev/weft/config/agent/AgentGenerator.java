package dev.weft.config.agent;

import com.google.protobuf.Any;
import dev.weft.config.model.ClientWorkload;
import dev.weft.config.model.MeshModel;
import dev.weft.config.model.RequestLimits;
import dev.weft.config.model.Service;
import dev.weft.config.model.ServicePort;
import dev.weft.config.model.Telemetry.Mode;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.listener.v3.ApiListener;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.Rds;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Makes the resources that Weft's agent and sidecar ask for, from one model. Every method answers
 * for one client, as rules may depend on who calls; equal answers encode to equal bytes. Safe for
 * use by many threads.
 */
public final class AgentGenerator {

  /** The name, for zone-aware balancing, of each client's own cluster; Istio's. */
  public static final String LOCAL_CLUSTER = LocalCluster.NAME;

  private final MeshModel model;
  private final HostNames names;
  private final Routes routes;
  private final OtherCalls others;
  private final Fallbacks fallbacks;
  private final HashPolicies hashes;
  private final Hedging hedging;
  private final Clusters clusters;
  private final Assignments assignments;
  private final LocalCluster localCluster;
  private final InboundListeners inbound;
  private final Reporting reporting;

  public AgentGenerator(MeshModel model) {
    this.model = model;
    names = new HostNames(model);
    routes = new Routes(model);
    others = new OtherCalls(model);
    fallbacks = new Fallbacks(model);
    hashes = new HashPolicies(model);
    hedging = new Hedging(model);
    clusters = new Clusters(model);
    assignments = new Assignments(model);
    localCluster = new LocalCluster(model);
    inbound = new InboundListeners(model);
    reporting = new Reporting(model);
  }

  /**
   * Everything for a call to {@code host:port}, the host being a full name, an alias or a virtual
   * address; or {@code *:0}, for calls to hosts that the client doesn't see. Empty if that is
   * nothing of the mesh's: the call is to be left alone.
   */
  public Optional<Chain> listenerChain(ClientWorkload client, String hostPort) {
    return hostPort.equals(OtherCalls.LISTENER)
        ? others
            .routes(client)
            .map(
                found ->
                    chain(
                        client,
                        hostPort,
                        found,
                        LimitFilters.of(RequestLimits.NONE, model, client.namespace())))
        : called(client, hostPort).map(call -> chain(client, hostPort, call));
  }

  /** The routes named {@code outbound|port||host}. */
  public Optional<RouteConfiguration> routes(ClientWorkload client, String name) {
    if (name.equals(OtherCalls.LISTENER)) {
      return others.routes(client);
    }
    return ClusterName.parse(name)
        .filter(parsed -> parsed.subset().isEmpty())
        .flatMap(parsed -> called(client, parsed.host() + ":" + parsed.port()))
        .map(call -> routeConfiguration(client, call, limits(client, call)));
  }

  /** The cluster named {@code outbound|port|subset|host}; empty if nothing is called so. */
  public Optional<Cluster> cluster(ClientWorkload client, String name) {
    return ClusterName.parse(name).flatMap(parsed -> cluster(client, parsed));
  }

  /**
   * The endpoints of the cluster of that name; empty if there is no such cluster. Of {@link
   * #LOCAL_CLUSTER} those of the client's own replicas.
   */
  public Optional<ClusterLoadAssignment> assignment(ClientWorkload client, String name) {
    return name.equals(LOCAL_CLUSTER)
        ? Optional.of(localCluster.assignment(client))
        : ClusterName.parse(name)
            .flatMap(parsed -> cluster(client, parsed).flatMap(it -> assignment(client, it)));
  }

  /** The inbound listener of a workload's port. */
  public Listener inbound(ClientWorkload workload, String address, int port) {
    return inbound.listener(workload, address, port);
  }

  /** The inbound listener named {@code xds.istio.io/grpc/lds/inbound/IP:port}. */
  public Optional<Listener> inbound(ClientWorkload workload, String name) {
    if (!name.startsWith(InboundListeners.PREFIX)) {
      return Optional.empty();
    }
    String rest = name.substring(InboundListeners.PREFIX.length());
    return HostPort.parse(rest).map(at -> inbound.listener(workload, at.host(), at.port()));
  }

  /** Tables of all the hosts that the client may see, ordered by namespace. */
  public List<NameTable> nameTables(ClientWorkload client) {
    Map<String, List<NameTable.Host>> byNamespace = new TreeMap<>();
    NameTable.Others otherHosts = others.of(client);
    if (otherHosts != NameTable.Others.LEFT_ALONE) {
      byNamespace.put(client.namespace(), new ArrayList<>());
    }
    for (Service service : model.services(client)) {
      // What is declared and left alone must be told from what isn't declared, if that matters.
      if (service.isInMeshOf(client) || otherHosts != NameTable.Others.LEFT_ALONE) {
        byNamespace
            .computeIfAbsent(service.namespace(), namespace -> new ArrayList<>())
            .add(
                new NameTable.Host(
                    service.host(),
                    Stream.concat(service.addresses().stream(), service.ranges().stream()).toList(),
                    service.ports().stream()
                        .map(p -> new NameTable.Port(p.number(), p.protocol().wireName()))
                        .toList(),
                    names.localAliases(service),
                    names.aliases(service)));
      }
    }
    return byNamespace.entrySet().stream()
        .map(
            table ->
                new NameTable(
                    table.getKey(),
                    List.copyOf(table.getValue()),
                    table.getKey().equals(client.namespace())
                        ? otherHosts
                        : NameTable.Others.LEFT_ALONE))
        .toList();
  }

  private record Call(HostNames.Called called, ServicePort port) {

    Service service() {
      return called.service();
    }

    /** Named by the host as called: several hosts share a wildcard, but not its routes. */
    String routesName() {
      return new ClusterName(port.number(), "", called.host()).toString();
    }
  }

  private Optional<Call> called(ClientWorkload client, String hostPort) {
    return HostPort.parse(hostPort)
        .flatMap(
            at ->
                names
                    .resolve(at.host(), client)
                    .filter(called -> called.service().isInMeshOf(client))
                    .flatMap(
                        called ->
                            called
                                .service()
                                .port(at.port())
                                .filter(port -> !port.protocol().isOpaqueTls())
                                .map(port -> new Call(called, port))));
  }

  private Chain chain(ClientWorkload client, String hostPort, Call call) {
    LimitFilters limits = limits(client, call);
    return chain(client, hostPort, routeConfiguration(client, call, limits), limits);
  }

  private Chain chain(
      ClientWorkload client,
      String listener,
      RouteConfiguration configuration,
      LimitFilters limits) {
    List<Route> used = configuration.getVirtualHosts(0).getRoutesList();
    List<Cluster> usedClusters = new ArrayList<>();
    List<ClusterLoadAssignment> usedAssignments = new ArrayList<>();
    for (ClusterName name : clusters(used, limits)) {
      Optional<Cluster> cluster = cluster(client, name);
      cluster.ifPresent(usedClusters::add);
      cluster.flatMap(it -> assignment(client, it)).ifPresent(usedAssignments::add);
    }
    return new Chain(
        listener(client, listener, configuration.getName(), limits),
        configuration,
        usedClusters,
        usedAssignments);
  }

  private LimitFilters limits(ClientWorkload client, Call call) {
    return LimitFilters.of(
        model.callLimits(call.service(), call.port().number(), client), model, client.namespace());
  }

  /** Those that routes and limits need, each once, in the order of their names. */
  private static List<ClusterName> clusters(List<Route> routes, LimitFilters limits) {
    return Stream.concat(Routes.destinations(routes).stream(), limits.clusters().stream())
        .distinct()
        .sorted()
        .toList();
  }

  private Listener listener(
      ClientWorkload client, String name, String routes, LimitFilters limits) {
    HttpConnectionManager.Builder manager =
        HttpConnectionManager.newBuilder()
            .setStatPrefix("outbound")
            .setRds(Rds.newBuilder().setRouteConfigName(routes).setConfigSource(Protos.ADS))
            .addHttpFilters(HttpFilters.FAULT_FILTER)
            .addHttpFilters(HttpFilters.CORS_FILTER)
            .addAllHttpFilters(limits.first())
            .addAllHttpFilters(limits.last());
    Paths.normalize(manager, model.settings().config().pathNormalization());
    reporting.into(manager, client, Mode.CLIENT);
    manager.addHttpFilters(HttpFilters.ROUTER);
    Listener.Builder listener =
        Listener.newBuilder()
            .setName(name)
            .setApiListener(ApiListener.newBuilder().setApiListener(Any.pack(manager.build())));
    reporting.into(listener, client, Mode.CLIENT);
    return listener.build();
  }

  private RouteConfiguration routeConfiguration(
      ClientWorkload client, Call call, LimitFilters limits) {
    int port = call.port().number();
    return RouteConfiguration.newBuilder()
        .setName(call.routesName())
        .addVirtualHosts(
            VirtualHost.newBuilder()
                .setName(call.called().host() + ":" + port)
                .addAllDomains(domains(call, client))
                .setIncludeRequestAttemptCount(true)
                .addAllRateLimits(limits.rules())
                .addAllRoutes(routes(client, call)))
        .build();
  }

  private List<Route> routes(ClientWorkload client, Call call) {
    List<Route> configured = routes.routes(call.called(), call.port().number(), client);
    return hedging.on(hashes.on(fallbacks.on(configured, client), client), client);
  }

  private Set<String> domains(Call call, ClientWorkload client) {
    Set<String> hosts = new LinkedHashSet<>();
    hosts.add(call.called().host());
    if (client.namespace().equals(call.service().namespace())) {
      hosts.addAll(names.localAliases(call.service()));
    }
    hosts.addAll(names.aliases(call.service()));
    hosts.addAll(call.service().addresses());
    Set<String> domains = new LinkedHashSet<>();
    for (String host : hosts) {
      String bracketed = host.contains(":") ? "[" + host + "]" : host;
      domains.add(bracketed);
      domains.add(bracketed + ":" + call.port().number());
    }
    if (!call.service().ranges().isEmpty()) {
      domains.add("*"); // its many addresses
    }
    return domains;
  }

  private Optional<Cluster> cluster(ClientWorkload client, ClusterName name) {
    return service(client, name).flatMap(service -> clusters.cluster(name, service, client));
  }

  private Optional<ClusterLoadAssignment> assignment(ClientWorkload client, Cluster cluster) {
    if (cluster.getType() != Cluster.DiscoveryType.EDS) {
      return Optional.empty();
    }
    return ClusterName.parse(cluster.getName())
        .flatMap(
            name ->
                service(client, name)
                    .map(service -> assignments.assignment(name, service, client)));
  }

  private Optional<Service> service(ClientWorkload client, ClusterName name) {
    return model
        .service(name.host(), client.namespace())
        .or(() -> model.serviceAt(name.host(), client.namespace()));
  }
}
