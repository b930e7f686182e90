package dev.weft.config.model;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The whole mesh at one moment, and what of it holds for whom. Immutable; the same input gives the
 * same answers in the same order.
 */
public final class MeshModel {

  private final MeshSettings settings;
  private final List<Service> services;
  private final Map<String, List<Service>> servicesByHost;
  private final List<Service> wildcardServices;
  private final List<VirtualService> virtualServices;
  private final Map<String, List<DestinationRule>> destinationRules;
  private final PeerAuthentications authentications;
  private final List<AuthorizationPolicy> authorizations;

  private MeshModel(
      Collection<Resource> resources,
      Collection<RegisteredWorkload> workloads,
      MeshSettings settings) {
    this.settings = settings;
    virtualServices = ofKind(resources, VirtualService.class);
    authorizations = ofKind(resources, AuthorizationPolicy.class);
    authentications =
        new PeerAuthentications(
            ofKind(resources, PeerAuthentication.class), settings.rootNamespace());
    destinationRules = new HashMap<>();
    for (DestinationRule rule : ofKind(resources, DestinationRule.class)) {
      destinationRules
          .computeIfAbsent(rule.metadata().namespace(), namespace -> new ArrayList<>())
          .add(rule);
    }
    services =
        new ServiceDirectory(
                settings, authentications, ofKind(resources, WorkloadEntry.class), workloads)
            .services(ofKind(resources, ServiceEntry.class));
    servicesByHost = new HashMap<>();
    for (Service service : services) {
      servicesByHost.computeIfAbsent(service.host(), host -> new ArrayList<>()).add(service);
    }
    wildcardServices =
        services.stream()
            .filter(service -> Hosts.isWildcard(service.host()))
            .sorted(
                Comparator.comparingInt((Service service) -> Hosts.specificity(service.host()))
                    .reversed())
            .toList();
  }

  /** Puts together what is configured and what is running. */
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

  /** Every virtual service, ordered by namespace and name. */
  public List<VirtualService> virtualServices() {
    return virtualServices;
  }

  /** Every destination rule, ordered by namespace and name. */
  public List<DestinationRule> destinationRules() {
    return destinationRules.values().stream()
        .flatMap(List::stream)
        .sorted(Comparator.comparing((DestinationRule rule) -> rule.metadata().resource()))
        .toList();
  }

  /**
   * The service that a full host name means to a caller in {@code namespace}: the namespace's own
   * one first, then the first visible one; an exact host before a wildcard.
   */
  public Optional<Service> service(String host, String namespace) {
    Optional<Service> exact = visible(servicesByHost.getOrDefault(host, List.of()), namespace);
    if (exact.isPresent()) {
      return exact;
    }
    return wildcardServices.stream()
        .filter(service -> service.visibleTo(namespace) && Hosts.covers(service.host(), host))
        .findFirst();
  }

  private static Optional<Service> visible(List<Service> candidates, String namespace) {
    Service found = null;
    for (Service candidate : candidates) {
      if (candidate.namespace().equals(namespace)) {
        return Optional.of(candidate);
      } else if (found == null && candidate.visibleTo(namespace)) {
        found = candidate;
      }
    }
    return Optional.ofNullable(found);
  }

  /** The service that has this virtual address. */
  public Optional<Service> serviceAt(String address, String namespace) {
    return visible(
        services.stream().filter(service -> service.addresses().contains(address)).toList(),
        namespace);
  }

  /** The routing rules for a full host name, as seen from a namespace. */
  public Optional<VirtualService> virtualService(String host, String clientNamespace) {
    return mostSpecific(
        virtualServices.stream()
            .filter(VirtualService::mesh)
            .filter(rule -> rule.visibility().allows(clientNamespace, rule.metadata().namespace()))
            .toList(),
        host,
        VirtualService::hosts,
        VirtualService::metadata);
  }

  /**
   * The destination rule for a service, as Istio looks it up: in the caller's namespace, then in
   * the service's, then in the root namespace. Rules of one namespace for one host are merged: the
   * first traffic policy holds, and subsets add up.
   */
  public Optional<DestinationRule> destinationRule(Service service, String clientNamespace) {
    for (String namespace :
        List.of(clientNamespace, service.namespace(), settings.rootNamespace())) {
      List<DestinationRule> visible =
          destinationRules.getOrDefault(namespace, List.of()).stream()
              .filter(rule -> rule.visibility().allows(clientNamespace, namespace))
              .toList();
      Optional<DestinationRule> first =
          mostSpecific(
              visible, service.host(), rule -> List.of(rule.host()), DestinationRule::metadata);
      if (first.isPresent()) {
        String host = qualifiedHost(first.get());
        return Optional.of(
            merge(visible.stream().filter(rule -> qualifiedHost(rule).equals(host)).toList()));
      }
    }
    return Optional.empty();
  }

  /** What a port of a workload accepts; never {@code UNSET}. */
  public PeerAuthentication.Mode peerAuthentication(
      String namespace, Map<String, String> labels, int port) {
    return authentications.mode(namespace, labels, port);
  }

  /** The policies that judge requests to a workload, ordered by namespace and name. */
  public List<AuthorizationPolicy> authorizationPolicies(
      String namespace, Map<String, String> labels) {
    return authorizations.stream()
        .filter(
            policy -> {
              String home = policy.metadata().namespace();
              return (home.equals(namespace) || home.equals(settings.rootNamespace()))
                  && policy.selector().selects(labels);
            })
        .toList();
  }

  private String qualifiedHost(DestinationRule rule) {
    return settings.qualify(rule.host(), rule.metadata().namespace());
  }

  private <T> Optional<T> mostSpecific(
      List<T> rules, String host, Function<T, List<String>> hosts, Function<T, Metadata> metadata) {
    T best = null;
    int bestSpecificity = -1;
    for (T rule : rules) {
      for (String written : hosts.apply(rule)) {
        String pattern = settings.qualify(written, metadata.apply(rule).namespace());
        int specificity = Hosts.specificity(pattern);
        if (specificity > bestSpecificity && Hosts.covers(pattern, host)) {
          best = rule;
          bestSpecificity = specificity;
        }
      }
    }
    return Optional.ofNullable(best);
  }

  private static DestinationRule merge(List<DestinationRule> rules) {
    DestinationRule first = rules.get(0);
    if (rules.size() == 1) {
      return first;
    }
    @Nullable TrafficPolicy policy = null;
    Map<String, DestinationRule.Subset> subsets = new LinkedHashMap<>();
    for (DestinationRule rule : rules) {
      if (policy == null && !rule.policy().equals(TrafficPolicy.NONE)) {
        policy = rule.policy();
      }
      rule.subsets().forEach(subset -> subsets.putIfAbsent(subset.name(), subset));
    }
    return new DestinationRule(
        first.metadata(),
        first.host(),
        policy == null ? TrafficPolicy.NONE : policy,
        List.copyOf(subsets.values()),
        first.visibility());
  }
}
