package dev.weft.config.model;

import dev.weft.config.source.ResourceName;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The whole mesh at one moment, and what of it holds for whom. Immutable; the same input gives the
 * same answers in the same order.
 */
public final class MeshModel {

  private final MeshSettings settings;
  private final List<Resource> resources;
  private final List<Service> services;
  private final List<Outsider> outsiders;
  private final List<PortGuess> portGuesses;
  private final Map<String, List<Service>> servicesByName = new HashMap<>();
  private final HostIndex<Service> servicesByHost = new HostIndex<>();
  private final HostIndex<Service> servicesByAddress = new HostIndex<>();
  private final AddressRanges<Service> servicesByRange = new AddressRanges<>();
  private final List<Sidecar> sidecars;
  private final HostIndex<VirtualService> virtualServicesByHost = new HostIndex<>();
  private final RulesByHost<DestinationRule> destinationRules;
  private final RulesByHost<ServicePolicy> servicePolicies;
  private final Delegation delegation;
  private final PeerAuthentications authentications;
  private final Map<String, List<AuthorizationPolicy>> authorizations;
  private final List<Telemetry> telemetries;
  private final List<EnvoyFilter> envoyFilters;

  private MeshModel(
      Collection<Resource> resources,
      Collection<RegisteredWorkload> workloads,
      MeshSettings defaults) {
    settings =
        ofKind(resources, MeshConfig.class).stream()
            .findFirst()
            .map(defaults::with)
            .orElse(defaults);
    this.resources = List.copyOf(resources);
    sidecars = ofKind(resources, Sidecar.class);
    telemetries = ofKind(resources, Telemetry.class);
    envoyFilters = ofKind(resources, EnvoyFilter.class);
    authorizations =
        ofKind(resources, AuthorizationPolicy.class).stream()
            .collect(Collectors.groupingBy(policy -> policy.metadata().namespace()));
    authentications =
        new PeerAuthentications(
            ofKind(resources, PeerAuthentication.class), settings.rootNamespace());
    MeshConfig.Exports exports = settings.config().exports();
    Map<ResourceName, VirtualService> virtualServices = new LinkedHashMap<>();
    for (VirtualService rule : ofKind(resources, VirtualService.class)) {
      virtualServices.put(rule.metadata().resource(), rule.or(exports.virtualServices()));
    }
    delegation = new Delegation(name -> Optional.ofNullable(virtualServices.get(name)));
    for (VirtualService rule : virtualServices.values()) {
      VirtualService resolved = delegation.resolve(rule);
      for (String host : rule.hosts()) {
        virtualServicesByHost.add(settings.qualify(host, rule.metadata().namespace()), resolved);
      }
    }
    destinationRules =
        new RulesByHost<>(settings, rule -> rule.visibility().or(exports.destinationRules()));
    for (DestinationRule rule : ofKind(resources, DestinationRule.class)) {
      destinationRules.add(rule.host(), rule);
    }
    servicePolicies = new RulesByHost<>(settings, ServicePolicy::visibility);
    for (ServicePolicy policy : ofKind(resources, ServicePolicy.class)) {
      if (policy.selector() == null) {
        servicePolicies.add(policy.host(), policy);
      }
    }
    ServiceDirectory directory =
        new ServiceDirectory(
            settings,
            authentications,
            ofKind(resources, WorkloadEntry.class),
            ofKind(resources, WorkloadGroup.class),
            workloads);
    services = directory.services(ofKind(resources, ServiceEntry.class));
    outsiders = directory.outsiders();
    portGuesses = directory.portGuesses();
    for (Service service : services) {
      if (settings.servedByName(service.host(), service.namespace(), service.external())) {
        servicesByName.computeIfAbsent(meshHost(service), host -> new ArrayList<>()).add(service);
      }
      servicesByHost.add(service.host(), service);
      service.addresses().forEach(address -> servicesByAddress.add(address, service));
      service.ranges().forEach(range -> servicesByRange.add(range, service));
    }
  }

  /**
   * Puts together what is configured and what is running.
   *
   * @param settings where no MeshConfig says otherwise
   */
  public static MeshModel of(
      Collection<Resource> resources,
      Collection<RegisteredWorkload> workloads,
      MeshSettings settings) {
    return new MeshModel(resources, workloads, settings);
  }

  private static <T extends Resource> List<T> ofKind(
      Collection<Resource> resources, Class<T> kind) {
    return resources.stream()
        .filter(kind::isInstance)
        .map(kind::cast)
        .sorted(Comparator.comparing((T resource) -> resource.metadata().resource()))
        .toList();
  }

  public MeshSettings settings() {
    return settings;
  }

  /** Every service, ordered by host and namespace. */
  public List<Service> services() {
    return services;
  }

  /** Every resource of a kind, ordered by namespace and name. */
  public <T extends Resource> List<T> resources(Class<T> kind) {
    return ofKind(resources, kind);
  }

  /**
   * The service that a full host name means to a caller in {@code namespace}: an exact host before
   * a wildcard, and of several the namespace's own one before the first visible one.
   */
  public Optional<Service> service(String host, String namespace) {
    return ownOrFirst(servicesByHost, host, namespace);
  }

  /**
   * The full name of a host that a provider of MeshConfig goes to.
   *
   * @param service {@code [namespace/]host}
   * @return empty if nothing has such a host and port
   */
  public Optional<String> providerHost(String service, int port) {
    int slash = service.indexOf('/');
    String namespace = slash < 0 ? settings().rootNamespace() : service.substring(0, slash);
    String host = settings().qualify(service.substring(slash + 1), namespace);
    return service(host, namespace)
        .filter(known -> known.port(port).isPresent())
        .map(known -> host);
  }

  /** The service that has this virtual address, or the longest range that holds it. */
  public Optional<Service> serviceAt(String address, String namespace) {
    Predicate<Service> visible = service -> service.visibleTo(namespace);
    return ownOrFirst(servicesByAddress.find(address, visible), namespace)
        .or(() -> ownOrFirst(servicesByRange.find(address, visible), namespace));
  }

  /** The service that a full host name means to a caller, with the ports that it may call. */
  public Optional<Service> called(String host, ClientWorkload client) {
    SidecarScope scope = scope(client);
    List<Service> found = servicesByHost.find(host, service -> scope.seen(service).isPresent());
    return ownOrFirst(found, client.namespace()).flatMap(scope::seen);
  }

  /** The service that an address means to a caller, with the ports that it may call. */
  public Optional<Service> calledAt(String address, ClientWorkload client) {
    SidecarScope scope = scope(client);
    Predicate<Service> seen = service -> scope.seen(service).isPresent();
    return ownOrFirst(servicesByAddress.find(address, seen), client.namespace())
        .or(() -> ownOrFirst(servicesByRange.find(address, seen), client.namespace()))
        .flatMap(scope::seen);
  }

  /** The services that a workload sees, with the ports that it may call, in their order. */
  public List<Service> services(ClientWorkload client) {
    SidecarScope scope = scope(client);
    return services.stream().flatMap(service -> scope.seen(service).stream()).toList();
  }

  /** What a workload sees of the mesh. */
  public SidecarScope scope(ClientWorkload client) {
    return SidecarScope.of(sidecars, client, settings);
  }

  private static Optional<Service> ownOrFirst(
      HostIndex<Service> index, String key, String namespace) {
    return ownOrFirst(index.find(key, service -> service.visibleTo(namespace)), namespace);
  }

  private static Optional<Service> ownOrFirst(List<Service> visible, String namespace) {
    return visible.stream()
        .filter(service -> service.namespace().equals(namespace))
        .findFirst()
        .or(() -> visible.stream().findFirst());
  }

  /**
   * Why a workload may not serve the service that it names; empty if it may. Whoever may serve a
   * service is declared by its ServiceEntry ({@code subjectAltNames}) or its endpoints ({@code
   * serviceAccount}); where nothing is, it is the service account that is called like the service.
   */
  public Optional<String> refusal(RegisteredWorkload workload) {
    if (workload.service().isEmpty()) {
      return Optional.empty();
    }
    String host = settings.serviceHost(workload.service(), workload.namespace());
    List<String> identities =
        servicesByName.getOrDefault(host, List.of()).stream()
            .flatMap(service -> service.identities().stream())
            .distinct()
            .toList();
    if (identities.isEmpty()) {
      identities = List.of(settings.spiffeId(workload.namespace(), workload.service()));
    }
    return identities.contains(settings.spiffeId(workload))
        ? Optional.empty()
        : Optional.of(mayNotServe(workload, host, identities));
  }

  /** Says so, and what to do about it. */
  String mayNotServe(RegisteredWorkload workload, String host, List<String> identities) {
    String identity = settings.spiffeId(workload);
    return "%s may not serve %s, which is for %s: give it that identity, or add its own to %s"
        .formatted(
            identity,
            host,
            String.join(" or ", identities),
            "subjectAltNames in the host's ServiceEntry");
  }

  /** Whom selectors chose without their being allowed to serve. */
  List<Outsider> outsiders() {
    return outsiders;
  }

  List<PortGuess> portGuesses() {
    return portGuesses;
  }

  /** What people call a service: {@code catalog}; a host outside the mesh by its full name. */
  public String name(Service service) {
    return service.host().equals(meshHost(service))
        ? Hosts.firstLabel(service.host())
        : service.host();
  }

  /** The host that a service has if it has no other. */
  private String meshHost(Service service) {
    return settings.serviceHost(Hosts.firstLabel(service.host()), service.namespace());
  }

  /** The VirtualService to which a rule leaves its requests, if it is there and may be seen. */
  Optional<VirtualService> delegate(VirtualService root, RouteRule.Delegate delegate) {
    return delegation.find(root, delegate);
  }

  /** The routing rules for calls of a workload to a full host name and port. */
  public Optional<VirtualService> virtualService(String host, int port, ClientWorkload client) {
    SidecarScope scope = scope(client);
    return virtualServicesByHost
        .find(host, rule -> rule.mesh() && scope.imports(rule, port))
        .stream()
        .findFirst();
  }

  /**
   * The destination rule for a service, as Istio looks it up: in the caller's namespace, then in
   * the service's, then in the root namespace; there the first whose workloadSelector chooses the
   * caller, before those without one. Rules of one namespace for one host and one selector are
   * merged: the first traffic policy holds, and subsets add up.
   */
  public Optional<DestinationRule> destinationRule(Service service, ClientWorkload client) {
    List<DestinationRule> found =
        destinationRules.find(
            service, client.namespace(), rule -> rule.isFor(client.namespace(), client.labels()));
    return found.stream()
        .map(DestinationRule::clients)
        .filter(clients -> !clients.isEmpty())
        .findFirst()
        .or(() -> found.stream().map(DestinationRule::clients).findFirst())
        .map(
            clients ->
                merge(found.stream().filter(rule -> rule.clients().equals(clients)).toList()));
  }

  /** Whether a destination rule defines the subset for any of a namespace's workloads. */
  boolean hasSubset(Service service, String subset, String clientNamespace) {
    return destinationRules.find(service, clientNamespace, rule -> true).stream()
        .anyMatch(rule -> rule.subset(subset).isPresent());
  }

  private static DestinationRule merge(List<DestinationRule> rules) {
    DestinationRule first = rules.get(0);
    if (rules.size() == 1) {
      return first;
    }
    TrafficPolicy policy = TrafficPolicy.NONE;
    Map<String, DestinationRule.Subset> subsets = new LinkedHashMap<>();
    for (DestinationRule rule : rules) {
      if (policy.equals(TrafficPolicy.NONE)) {
        policy = rule.policy();
      }
      rule.subsets().forEach(subset -> subsets.putIfAbsent(subset.name(), subset));
    }
    return new DestinationRule(
        first.metadata(),
        first.host(),
        first.clients(),
        policy,
        List.copyOf(subsets.values()),
        first.visibility());
  }

  /**
   * The ServicePolicy of a service's callers, looked up as {@link #destinationRule} is; of several
   * of one namespace the first holds.
   */
  public Optional<ServicePolicy> servicePolicy(Service service, String clientNamespace) {
    return servicePolicies.find(service, clientNamespace, policy -> true).stream().findFirst();
  }

  /** What a port of a workload accepts; never {@code UNSET}. */
  public PeerAuthentication.Mode peerAuthentication(
      String namespace, Map<String, String> labels, int port) {
    return authentications.mode(namespace, labels, port);
  }

  /** Whose tokens are believed at a workload, the root namespace's word first, then by name. */
  public List<RequestAuthentication> requestAuthentications(
      String namespace, Map<String, String> labels) {
    return Stream.of(MeshSettings.MESH, settings.rootNamespace(), namespace)
        .distinct()
        .flatMap(
            home ->
                resources(RequestAuthentication.class).stream()
                    .filter(policy -> policy.metadata().namespace().equals(home)))
        .filter(policy -> policy.selector().selects(labels))
        .toList();
  }

  /** The policies that judge requests to a workload, the root namespace's first, then by name. */
  public List<AuthorizationPolicy> authorizationPolicies(
      String namespace, Map<String, String> labels) {
    return Stream.of(MeshSettings.MESH, settings.rootNamespace(), namespace)
        .distinct()
        .flatMap(home -> authorizations.getOrDefault(home, List.of()).stream())
        .filter(policy -> policy.selector().selects(labels))
        .toList();
  }

  /** The limits on requests that a port of a workload gets. */
  public RequestLimits requestLimits(String namespace, Map<String, String> labels, int port) {
    List<ServicePolicy> policies =
        resources(ServicePolicy.class).stream()
            .filter(policy -> policy.metadata().namespace().equals(namespace))
            .filter(policy -> policy.selector() != null && policy.selector().selects(labels))
            .toList();
    return RequestLimits.of(policies, envoyFilters(namespace, labels), port);
  }

  /** The limits on a workload's calls to a port of a service. */
  public RequestLimits callLimits(Service service, int port, ClientWorkload client) {
    return RequestLimits.ofCalls(
        servicePolicy(service, client.namespace()).orElse(null),
        envoyFilters(client.namespace(), client.labels()),
        service.host(),
        port);
  }

  /** For a workload, in Istio's order: by priority, the root namespace's first, then by name. */
  private List<EnvoyFilter> envoyFilters(String namespace, Map<String, String> labels) {
    String root = settings.rootNamespace();
    return envoyFilters.stream()
        .filter(filter -> isOf(filter, namespace) || isOf(filter, root))
        .filter(filter -> filter.selector().selects(labels))
        .sorted(
            Comparator.comparingInt(EnvoyFilter::priority)
                .thenComparing(filter -> !isOf(filter, root))
                .thenComparing(filter -> filter.metadata().name()))
        .toList();
  }

  private static boolean isOf(Resource resource, String namespace) {
    return resource.metadata().namespace().equals(namespace);
  }

  /** What is to be told of a workload's requests. */
  public Telemetries telemetry(String namespace, Map<String, String> labels) {
    return Telemetries.of(telemetries, settings, namespace, labels);
  }
}
