package dev.weft.config.model;

import com.google.common.net.InetAddresses;
import dev.weft.config.model.RegisteredWorkload.ListeningPort;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
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
  private final List<WorkloadEntry> workloadEntries;
  private final Collection<RegisteredWorkload> registered;

  ServiceDirectory(
      MeshSettings settings,
      PeerAuthentications authentications,
      List<WorkloadEntry> workloadEntries,
      Collection<RegisteredWorkload> registered) {
    this.settings = settings;
    this.authentications = authentications;
    this.workloadEntries = workloadEntries;
    this.registered =
        registered.stream().sorted(Comparator.comparing(RegisteredWorkload::instance)).toList();
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
    Map<Integer, List<Endpoint>> endpoints = new LinkedHashMap<>();
    boolean any = false;
    for (ServicePort port : entry.ports()) {
      List<Endpoint> ofPort = endpoints(entry, host, port);
      any |= !ofPort.isEmpty();
      endpoints.put(port.number(), ofPort);
    }
    boolean inMesh =
        any || entry.resolution() == Resolution.STATIC || entry.workloadSelector() != null;
    return new Service(
        host,
        entry.metadata().namespace(),
        entry.ports(),
        // A CIDR stands for no single host, so nobody can be asked for by it.
        entry.addresses().stream().filter(InetAddresses::isInetAddress).toList(),
        endpoints,
        entry.subjectAltNames(),
        entry.visibility(),
        entry.external(),
        inMesh);
  }

  private List<Endpoint> endpoints(ServiceEntry entry, String host, ServicePort port) {
    // What registered itself comes first: of an endpoint that is also declared it knows the state.
    Map<String, Endpoint> found = new LinkedHashMap<>();
    for (RegisteredWorkload workload : registered) {
      if (serves(workload, entry, host)) {
        Integer target = targetPort(workload, port);
        if (target != null) {
          Endpoint endpoint = endpoint(workload, target);
          found.putIfAbsent(endpoint.address() + " " + endpoint.port(), endpoint);
        }
      }
    }
    String namespace = entry.metadata().namespace();
    String service = Hosts.firstLabel(host);
    for (EndpointSpec spec : entry.endpoints()) {
      declareEndpoint(found, spec, port, namespace, service);
    }
    Map<String, String> selector = entry.workloadSelector();
    if (selector != null) {
      for (WorkloadEntry workload : workloadEntries) {
        if (workload.metadata().namespace().equals(namespace)
            && workload.endpoint().labels().entrySet().containsAll(selector.entrySet())) {
          declareEndpoint(found, workload.endpoint(), port, namespace, workload.metadata().name());
        }
      }
    }
    return found.values().stream().sorted(ENDPOINT_ORDER).toList();
  }

  private void declareEndpoint(
      Map<String, Endpoint> found,
      EndpointSpec spec,
      ServicePort port,
      String namespace,
      String workload) {
    if (!InetAddresses.isInetAddress(spec.address())) {
      return;
    }
    int target = targetPort(spec, port);
    Endpoint registration = found.get(spec.address() + " " + target);
    String serviceAccount = spec.serviceAccount();
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
    found.put(
        spec.address() + " " + target,
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
    boolean guarded =
        workload.ports().stream()
            .anyMatch(listening -> listening.number() == port && listening.guarded());
    return new Endpoint(
        workload.address(),
        port,
        labels,
        locality(labels),
        1,
        workload.service(),
        workload.namespace(),
        workload.serviceAccount(),
        guarded && acceptsMutualTls(workload.namespace(), labels, port),
        workload.ready());
  }

  /** Services of registered workloads, under hosts that no ServiceEntry declares. */
  private List<Service> automatic(Set<String> declared) {
    Map<String, List<RegisteredWorkload>> byHost = new TreeMap<>();
    for (RegisteredWorkload workload : registered) {
      String host = settings.serviceHost(workload.service(), workload.namespace());
      if (!workload.service().isEmpty() && !declared.contains(host)) {
        byHost.computeIfAbsent(host, key -> new ArrayList<>()).add(workload);
      }
    }
    List<Service> services = new ArrayList<>();
    byHost.forEach((host, workloads) -> services.add(automatic(host, workloads)));
    return services;
  }

  private Service automatic(String host, List<RegisteredWorkload> workloads) {
    Map<Integer, List<Endpoint>> endpoints = new TreeMap<>();
    for (RegisteredWorkload workload : workloads) {
      for (ListeningPort port : workload.ports()) {
        endpoints
            .computeIfAbsent(port.number(), number -> new ArrayList<>())
            .add(endpoint(workload, port.number()));
      }
    }
    endpoints.values().forEach(ofPort -> ofPort.sort(ENDPOINT_ORDER));
    List<ServicePort> ports =
        endpoints.keySet().stream()
            .map(number -> new ServicePort(number, "http-" + number, Protocol.HTTP, null))
            .toList();
    return new Service(
        host,
        workloads.get(0).namespace(),
        ports,
        List.of(),
        endpoints,
        List.of(),
        Visibility.PUBLIC,
        false,
        true);
  }

  private boolean acceptsMutualTls(String namespace, Map<String, String> labels, int port) {
    return authentications.mode(namespace, labels, port) != PeerAuthentication.Mode.DISABLE;
  }

  /**
   * By the selector, if there is one. Else by its name; but a host outside the mesh, which may
   * begin like any service, is served by nobody who is not named as an endpoint.
   */
  private boolean serves(RegisteredWorkload workload, ServiceEntry entry, String host) {
    String namespace = entry.metadata().namespace();
    if (!workload.namespace().equals(namespace)) {
      return false;
    }
    Map<String, String> selector = entry.workloadSelector();
    if (selector != null) {
      return workload.client().labels().entrySet().containsAll(selector.entrySet());
    }
    return !workload.service().isEmpty()
        && Hosts.firstLabel(host).equals(workload.service())
        && (!entry.external()
            || host.equals(workload.service())
            || host.equals(settings.serviceHost(workload.service(), namespace)));
  }

  private static int targetPort(EndpointSpec spec, ServicePort port) {
    Integer named = spec.ports().get(port.name());
    Integer target = named != null ? named : port.targetPort();
    return target != null ? target : port.number();
  }

  private static @Nullable Integer targetPort(RegisteredWorkload workload, ServicePort port) {
    int wanted = Optional.ofNullable(port.targetPort()).orElse(port.number());
    if (workload.ports().stream().anyMatch(listening -> listening.number() == wanted)) {
      return wanted;
    }
    return workload.ports().size() == 1 ? workload.ports().get(0).number() : null;
  }

  /** Kubernetes' labels for where a workload runs, as Istio's locality. */
  private static String locality(Map<String, String> labels) {
    String region = labels.getOrDefault("topology.kubernetes.io/region", "");
    String zone =
        labels.getOrDefault("topology.kubernetes.io/zone", labels.getOrDefault("zone", ""));
    String subzone = labels.getOrDefault("topology.istio.io/subzone", "");
    return region.isEmpty() && zone.isEmpty()
        ? ""
        : subzone.isEmpty() ? region + "/" + zone : region + "/" + zone + "/" + subzone;
  }
}
