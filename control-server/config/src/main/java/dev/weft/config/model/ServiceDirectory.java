package dev.weft.config.model;

import com.google.common.net.InetAddresses;
import dev.weft.config.model.RegisteredWorkload.ListeningPort;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Brings together services and what serves them: declared, selected and registered. */
final class ServiceDirectory {

  /** Istio's label by which an endpoint is declared to speak the mesh's mutual TLS. */
  private static final String TLS_MODE_LABEL = "security.istio.io/tlsMode";

  private static final Comparator<Endpoint> ENDPOINT_ORDER =
      Comparator.comparing(Endpoint::locality)
          .thenComparing(Endpoint::address)
          .thenComparingInt(Endpoint::port);

  private final MeshSettings settings;
  private final PeerAuthentications authentications;
  private final Selectable<WorkloadEntry> workloadEntries = new Selectable<>();
  private final Selectable<RegisteredWorkload> registered = new Selectable<>();
  private final Map<String, List<RegisteredWorkload>> registeredByHost = new TreeMap<>();

  /** Of workloads that belong to one, by their instance. */
  private final Map<String, WorkloadGroup> groups = new HashMap<>();

  private final List<Outsider> outsiders = new ArrayList<>();
  private final Set<PortGuess> portGuesses = new LinkedHashSet<>();

  ServiceDirectory(
      MeshSettings settings,
      PeerAuthentications authentications,
      List<WorkloadEntry> workloadEntries,
      List<WorkloadGroup> workloadGroups,
      Collection<RegisteredWorkload> registered) {
    this.settings = settings;
    this.authentications = authentications;
    for (WorkloadEntry entry : workloadEntries) {
      this.workloadEntries.add(entry.metadata().namespace(), entry.endpoint().labels(), entry);
    }
    registered.stream()
        .sorted(Comparator.comparing(RegisteredWorkload::instance))
        .forEach(
            workload ->
                workloadGroups.stream()
                    .filter(group -> group.has(workload))
                    .findFirst()
                    .ifPresentOrElse(group -> register(workload, group), () -> register(workload)));
  }

  private void register(RegisteredWorkload workload, WorkloadGroup group) {
    groups.put(workload.instance(), group);
    register(group.complete(workload));
  }

  private void register(RegisteredWorkload workload) {
    registered.add(workload.namespace(), workload.client().labels(), workload);
    if (!workload.service().isEmpty()) {
      registeredByHost
          .computeIfAbsent(
              settings.serviceHost(workload.service(), workload.namespace()),
              host -> new ArrayList<>())
          .add(workload);
    }
  }

  /** Whom selectors chose without their being allowed to serve; complete once services are made. */
  List<Outsider> outsiders() {
    return List.copyOf(outsiders);
  }

  /** Where workloads' ports had to be guessed; complete once services are made. */
  List<PortGuess> portGuesses() {
    return List.copyOf(portGuesses);
  }

  /** All services, ordered by host and namespace. */
  List<Service> services(List<ServiceEntry> entries) {
    List<Service> services = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    for (ServiceEntry entry : entries) {
      for (String host : entry.hosts()) {
        if (seen.add(entry.metadata().namespace() + " " + host)) {
          services.add(declared(entry, host));
        }
      }
    }
    services.addAll(automatic(services.stream().map(Service::host).collect(Collectors.toSet())));
    services.sort(Comparator.comparing(Service::host).thenComparing(Service::namespace));
    return List.copyOf(services);
  }

  private Service declared(ServiceEntry entry, String host) {
    List<String> identities = identities(entry, host);
    List<RegisteredWorkload> serving = serving(entry, host, identities);
    Map<Integer, List<Endpoint>> endpoints = new LinkedHashMap<>();
    boolean any = false;
    for (ServicePort port : entry.ports()) {
      List<Endpoint> ofPort = endpoints(entry, host, port, serving);
      any |= !ofPort.isEmpty();
      endpoints.put(port.number(), ofPort);
    }
    boolean inMesh = any || !entry.resolution().byName() || entry.workloadSelector() != null;
    return new Service(
        host,
        entry.metadata().namespace(),
        entry.ports(),
        entry.addresses().stream().filter(InetAddresses::isInetAddress).toList(),
        entry.addresses().stream().filter(address -> address.contains("/")).toList(),
        entry.resolution(),
        endpoints,
        identities,
        entry.subjectAltNames(),
        entry.visibility().or(settings.config().exports().services()),
        entry.external(),
        inMesh);
  }

  /**
   * Who may serve a host: those whom the entry names; else those whom its endpoints name; else the
   * service account that is called like the service, which for a wildcard is nobody.
   */
  private List<String> identities(ServiceEntry entry, String host) {
    if (!entry.subjectAltNames().isEmpty()) {
      return entry.subjectAltNames();
    }
    String namespace = entry.metadata().namespace();
    List<String> declared =
        declaredEndpoints(entry)
            .map(EndpointSpec::serviceAccount)
            .filter(account -> account != null && !account.isEmpty())
            .map(account -> settings.spiffeId(namespace, account))
            .distinct()
            .sorted()
            .toList();
    return declared.isEmpty()
        ? List.of(settings.spiffeId(namespace, Hosts.firstLabel(host)))
        : declared;
  }

  private Stream<EndpointSpec> declaredEndpoints(ServiceEntry entry) {
    Map<String, String> selector = entry.workloadSelector();
    return selector == null
        ? entry.endpoints().stream()
        : workloadEntries.select(entry.metadata().namespace(), selector).stream()
            .map(WorkloadEntry::endpoint);
  }

  /** A workload chooses its own name and labels, so they alone make it serve nothing. */
  private List<RegisteredWorkload> serving(
      ServiceEntry entry, String host, List<String> identities) {
    List<RegisteredWorkload> serving = new ArrayList<>();
    for (RegisteredWorkload workload : registered(entry, host)) {
      if (identities.contains(settings.spiffeId(workload))) {
        serving.add(workload);
      } else {
        outsiders.add(new Outsider(entry, host, identities, workload));
      }
    }
    return serving;
  }

  private List<Endpoint> endpoints(
      ServiceEntry entry, String host, ServicePort port, List<RegisteredWorkload> serving) {
    Map<String, Endpoint> registrations = new LinkedHashMap<>();
    for (RegisteredWorkload workload : serving) {
      Integer target = targetPort(workload, port, entry);
      if (target != null) {
        put(registrations, endpoint(workload, target));
      }
    }
    Map<String, Endpoint> endpoints = new LinkedHashMap<>(registrations);
    String namespace = entry.metadata().namespace();
    boolean byName = entry.resolution().byName();
    for (EndpointSpec spec : entry.endpoints()) {
      declare(endpoints, registrations, spec, byName, port, namespace, Hosts.firstLabel(host));
    }
    Map<String, String> selector = entry.workloadSelector();
    if (selector != null) {
      for (WorkloadEntry workload : workloadEntries.select(namespace, selector)) {
        declare(
            endpoints,
            registrations,
            workload.endpoint(),
            byName,
            port,
            namespace,
            workload.metadata().name());
      }
    }
    if (byName && endpoints.isEmpty() && selector == null && !Hosts.isWildcard(host)) {
      EndpointSpec itself = new EndpointSpec(host, Map.of(), Map.of(), "", 1, null);
      declare(endpoints, registrations, itself, true, port, namespace, Hosts.firstLabel(host));
    }
    return endpoints.values().stream().sorted(ENDPOINT_ORDER).toList();
  }

  /** Those that the selector chooses, if there is one; else those of the entry's name. */
  private List<RegisteredWorkload> registered(ServiceEntry entry, String host) {
    String namespace = entry.metadata().namespace();
    Map<String, String> selector = entry.workloadSelector();
    if (selector != null) {
      return registered.select(namespace, selector);
    }
    return settings.servedByName(host, namespace, entry.external())
        ? registeredByHost.getOrDefault(
            settings.serviceHost(Hosts.firstLabel(host), namespace), List.of())
        : List.of();
  }

  /** One endpoint for one address: of two registrations, one that is ready. */
  private static void put(Map<String, Endpoint> registrations, Endpoint endpoint) {
    registrations.merge(
        key(endpoint.address(), endpoint.port()),
        endpoint,
        (known, another) -> known.ready() ? known : another);
  }

  private static String key(String address, int port) {
    return address + " " + port;
  }

  /**
   * Of an endpoint that is registered too, the registration knows the state; unless somebody else
   * is declared to be there.
   */
  private void declare(
      Map<String, Endpoint> endpoints,
      Map<String, Endpoint> registrations,
      EndpointSpec spec,
      boolean byName,
      ServicePort port,
      String namespace,
      String workload) {
    if (!byName && !InetAddresses.isInetAddress(spec.address())) {
      return;
    }
    int target = targetPort(spec, port);
    String serviceAccount = spec.serviceAccount();
    Endpoint registration = registrations.get(key(spec.address(), target));
    if (registration != null
        && serviceAccount != null
        && !serviceAccount.equals(registration.serviceAccount())) {
      registration = null;
    }
    Endpoint endpoint =
        new Endpoint(
            spec.address(),
            target,
            spec.labels(),
            spec.locality(),
            spec.weight(),
            workload,
            namespace,
            serviceAccount == null ? "" : serviceAccount,
            "istio".equals(spec.labels().get(TLS_MODE_LABEL))
                && acceptsMutualTls(namespace, spec.labels(), target),
            true);
    endpoints.put(
        key(spec.address(), target),
        registration == null ? endpoint : enrich(endpoint, registration));
  }

  private static Endpoint enrich(Endpoint declared, Endpoint registration) {
    Map<String, String> labels = new TreeMap<>(registration.labels());
    labels.putAll(declared.labels());
    return new Endpoint(
        declared.address(),
        declared.port(),
        labels,
        declared.locality().isEmpty() ? registration.locality() : declared.locality(),
        declared.weight(),
        registration.workload(),
        registration.namespace(),
        registration.serviceAccount(),
        registration.mutualTls(),
        registration.ready());
  }

  private Endpoint endpoint(RegisteredWorkload workload, int port) {
    Map<String, String> labels = workload.client().labels();
    WorkloadGroup group = groups.get(workload.instance());
    boolean guarded =
        workload.ports().stream()
            .anyMatch(listening -> listening.number() == port && listening.guarded());
    return new Endpoint(
        workload.address(),
        port,
        labels,
        Locality.ofLabels(labels).toString(),
        group == null ? 1 : group.weight(),
        workload.service(),
        workload.namespace(),
        workload.serviceAccount(),
        guarded && acceptsMutualTls(workload.namespace(), labels, port),
        workload.ready());
  }

  /** Services of registered workloads, under hosts that no ServiceEntry declares. */
  private List<Service> automatic(Set<String> declared) {
    List<Service> services = new ArrayList<>();
    registeredByHost.forEach(
        (host, workloads) -> {
          List<RegisteredWorkload> serving =
              workloads.stream()
                  .filter(workload -> workload.serviceAccount().equals(workload.service()))
                  .toList();
          if (!declared.contains(host) && !serving.isEmpty()) {
            services.add(automatic(host, serving));
          }
        });
    return services;
  }

  private Service automatic(String host, List<RegisteredWorkload> workloads) {
    Map<Integer, Map<String, Endpoint>> registrations = new TreeMap<>();
    for (RegisteredWorkload workload : workloads) {
      for (ListeningPort port : workload.ports()) {
        put(
            registrations.computeIfAbsent(port.number(), number -> new LinkedHashMap<>()),
            endpoint(workload, port.number()));
      }
    }
    List<ServicePort> ports = new ArrayList<>();
    Map<Integer, List<Endpoint>> endpoints = new LinkedHashMap<>();
    registrations.forEach(
        (number, ofPort) -> {
          ports.add(new ServicePort(number, "http-" + number, Protocol.HTTP, null));
          endpoints.put(number, ofPort.values().stream().sorted(ENDPOINT_ORDER).toList());
        });
    return new Service(
        host,
        workloads.get(0).namespace(),
        ports,
        List.of(),
        List.of(),
        Resolution.STATIC,
        endpoints,
        List.of(settings.spiffeId(workloads.get(0))),
        List.of(),
        Visibility.PUBLIC.or(settings.config().exports().services()),
        false,
        true);
  }

  private boolean acceptsMutualTls(String namespace, Map<String, String> labels, int port) {
    return authentications.mode(namespace, labels, port) != PeerAuthentication.Mode.DISABLE;
  }

  private static int targetPort(EndpointSpec spec, ServicePort port) {
    Integer named = spec.ports().get(port.name());
    return named != null ? named : port.endpointPort();
  }

  /**
   * The port that is named, if the workload listens there. Else for HTTP the first that is known to
   * speak it, since whatever else the process opens (JMX, a debugger, a lock) isn't what is meant;
   * and for other protocols the only one.
   */
  private @Nullable Integer targetPort(
      RegisteredWorkload workload, ServicePort port, ServiceEntry entry) {
    List<Integer> listening = workload.ports().stream().map(ListeningPort::number).toList();
    if (listening.isEmpty()) {
      return null; // it isn't up yet
    }
    WorkloadGroup group = groups.get(workload.instance());
    Integer named = group == null ? null : group.ports().get(port.name());
    if (named != null && listening.contains(named)) {
      return named;
    }
    if (listening.contains(port.endpointPort())) {
      return port.endpointPort();
    }
    boolean http = port.protocol().isHttp();
    List<Integer> candidates =
        workload.ports().stream()
            .filter(candidate -> candidate.guarded() || !http)
            .map(ListeningPort::number)
            .toList();
    if (candidates.size() == 1) {
      return candidates.get(0);
    }
    Integer taken = http && !candidates.isEmpty() ? candidates.get(0) : null;
    portGuesses.add(
        new PortGuess(entry, entry.ports().indexOf(port), workload.service(), listening, taken));
    return taken;
  }
}
