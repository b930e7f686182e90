package dev.weft.config.model;

import dev.weft.config.source.Finding;
import dev.weft.config.source.ResourceName;
import dev.weft.config.source.Severity;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What is wrong between resources that are each right by themselves: names that lead nowhere, and
 * resources that are never looked at because of others. Warnings all, as the missing part may still
 * come.
 */
public final class Analysis {

  private final MeshModel model;
  private final List<Finding> findings = new ArrayList<>();

  private Analysis(MeshModel model) {
    this.model = model;
  }

  /** The findings, in the order of kinds and names. */
  public static List<Finding> of(MeshModel model) {
    Analysis analysis = new Analysis(model);
    analysis.meshConfigs();
    analysis.services();
    analysis.sidecars();
    analysis.outsiders();
    analysis.portGuesses();
    analysis.virtualServices();
    analysis.destinationRules();
    analysis.servicePolicies();
    analysis.envoyFilters();
    analysis.peerAuthentications();
    analysis.providers();
    analysis.telemetries();
    return List.copyOf(analysis.findings);
  }

  private void meshConfigs() {
    MeshConfig first = null;
    for (MeshConfig config : model.resources(MeshConfig.class)) {
      if (first != null) {
        warn(config, "", "is not in force: " + first.metadata().resource() + " is already");
        continue;
      }
      first = config;
      String said = config.trustDomain();
      String trustDomain = model.settings().trustDomain();
      if (said != null && !said.isEmpty() && !said.equals(trustDomain)) {
        warn(
            config,
            "trustDomain",
            "is %s, but certificates are issued for %s, which the control server's --trust-domain says"
                .formatted(said, trustDomain));
      }
      collectors(config);
      defaults(config, Use.TRACING, config.defaults().tracing());
      defaults(config, Use.METRICS, config.defaults().metrics());
      defaults(config, Use.LOGGING, config.defaults().accessLogging());
    }
  }

  private void collectors(MeshConfig config) {
    for (ExtensionProvider provider : config.providers()) {
      if (provider instanceof ExtensionProvider.Collector collector
          && model.providerHost(collector.service(), collector.port()).isEmpty()) {
        warn(
            config,
            "extensionProviders",
            (collector instanceof ExtensionProvider.Tracer
                    ? "%s: no service is called %s and has port %d: spans go to the agent's"
                        + " OTEL_EXPORTER_OTLP_ENDPOINT alone"
                    : "%s: no service is called %s and has port %d: nothing is logged there")
                .formatted(collector.name(), collector.service(), collector.port()));
      }
    }
  }

  /** What providers are named for, in MeshConfig's {@code defaultProviders} and in Telemetry. */
  private enum Use {
    TRACING("tracing", " takes no spans: they go to the agent's OTEL_EXPORTER_OTLP_ENDPOINT alone"),
    METRICS("metrics", " is not of kind prometheus, the only one that metrics are offered to"),
    LOGGING("accessLogging", " takes no logs: nothing is logged there");

    private final String field;
    private final String otherwise;

    Use(String field, String otherwise) {
      this.field = field;
      this.otherwise = otherwise;
    }

    /** Metrics are offered for scraping, and go nowhere by themselves. */
    boolean fits(ExtensionProvider provider) {
      return switch (this) {
        case TRACING -> provider instanceof ExtensionProvider.Tracer;
        case METRICS -> provider instanceof ExtensionProvider.Prometheus;
        case LOGGING ->
            provider instanceof ExtensionProvider.FileAccessLog
                || provider instanceof ExtensionProvider.OtelAccessLog
                || provider instanceof ExtensionProvider.HttpAccessLog;
      };
    }
  }

  private void defaults(MeshConfig config, Use use, List<String> names) {
    for (String name : names) {
      provider(config, "defaultProviders." + use.field, name, use);
    }
  }

  private void services() {
    Map<String, ServiceEntry> seen = new HashMap<>();
    for (ServiceEntry entry : model.resources(ServiceEntry.class)) {
      for (int i = 0; i < entry.hosts().size(); i++) {
        String host = entry.hosts().get(i);
        ServiceEntry first = seen.putIfAbsent(entry.metadata().namespace() + " " + host, entry);
        if (first != null) {
          warn(
              entry,
              "spec.hosts[" + i + "]",
              host + " is what " + first.metadata().resource() + " defines already; ignored");
        }
      }
    }
  }

  private void sidecars() {
    Map<String, Sidecar> seen = new HashMap<>();
    for (Sidecar sidecar : model.resources(Sidecar.class)) {
      String namespace = sidecar.metadata().namespace();
      if (namespace.equals(model.settings().rootNamespace()) && !sidecar.selector().isEmpty()) {
        warn(
            sidecar,
            "spec.workloadSelector",
            "is for workloads of this namespace only: the root namespace's Sidecar for all others is"
                + " the one without a selector");
      }
      Sidecar first =
          seen.putIfAbsent(namespace + " " + new TreeMap<>(sidecar.selector().labels()), sidecar);
      if (first != null) {
        warn(
            sidecar,
            "",
            "is not in force: "
                + first.metadata().resource()
                + " is for the same workloads already");
      }
      for (int i = 0; i < sidecar.egress().size(); i++) {
        for (int j = 0; j < sidecar.egress().get(i).hosts().size(); j++) {
          imported(
              sidecar,
              sidecar.egress().get(i).hosts().get(j),
              "spec.egress[" + i + "].hosts[" + j + "]");
        }
      }
      if (sidecar.outbound() != null && sidecar.outbound().egressProxy() != null) {
        destination(
            sidecar,
            sidecar.outbound().egressProxy(),
            "spec.outboundTrafficPolicy.egressProxy",
            ".port.number");
      }
    }
  }

  /** A host that is written out, and that nobody has, is a typing error more often than not. */
  private void imported(Sidecar sidecar, Sidecar.Import imported, String field) {
    String client = sidecar.metadata().namespace();
    boolean any =
        model.services().stream()
            .anyMatch(
                service ->
                    (imported.isOfAny() || imported.isOf(service.namespace(), client))
                        && Hosts.covers(imported.host(), service.host()));
    if (!Hosts.isWildcard(imported.host()) && !any) {
      warn(sidecar, field, "no service there has the host " + imported.host());
    }
  }

  private void outsiders() {
    for (Outsider outsider : model.outsiders()) {
      RegisteredWorkload workload = outsider.workload();
      warn(
          outsider.entry(),
          "spec.workloadSelector",
          "%s, registered at %s as %s, is left out: %s"
              .formatted(
                  workload.instance(),
                  workload.address(),
                  workload.service(),
                  model.mayNotServe(workload, outsider.host(), outsider.identities())));
    }
  }

  private void portGuesses() {
    for (PortGuess guess : model.portGuesses()) {
      warn(
          guess.entry(),
          "spec.ports[" + guess.port() + "].targetPort",
          "what is registered as %s listens on %s, but not on %d, the port that is named here: %s; name the right one"
              .formatted(
                  guess.service(),
                  guess.listening().stream().map(String::valueOf).collect(Collectors.joining(", ")),
                  guess.wanted(),
                  guess.taken() == null
                      ? "it serves nothing"
                      : guess.taken() + ", opened first, is taken"));
    }
  }

  private void virtualServices() {
    Map<String, VirtualService> seen = new HashMap<>();
    Set<ResourceName> delegates = new HashSet<>();
    for (VirtualService rule : model.resources(VirtualService.class)) {
      if (!rule.mesh()) {
        continue;
      }
      String namespace = rule.metadata().namespace();
      for (int i = 0; i < rule.hosts().size(); i++) {
        String field = "spec.hosts[" + i + "]";
        String host = model.settings().qualify(rule.hosts().get(i), namespace);
        VirtualService first = seen.putIfAbsent(host, rule);
        if (first != null) {
          warn(rule, field, host + " is routed by " + first.metadata().resource() + " already");
        } else if (!Hosts.isWildcard(host)) {
          routed(rule, field, host);
        }
      }
      for (int i = 0; i < rule.routes().size(); i++) {
        destinations(rule, rule.routes().get(i), "spec.http[" + i + "]");
        delegate(rule, rule.routes().get(i), "spec.http[" + i + "].delegate", delegates);
      }
      unreachable(rule);
    }
    for (VirtualService rule : model.resources(VirtualService.class)) {
      if (rule.hosts().isEmpty() && !delegates.contains(rule.metadata().resource())) {
        warn(rule, "spec.hosts", "is empty, and no other VirtualService delegates to this one");
      }
    }
  }

  private void delegate(
      VirtualService rule, RouteRule route, String field, Set<ResourceName> delegates) {
    if (!(route.action() instanceof RouteRule.Delegate delegate)) {
      return;
    }
    if (rule.hosts().isEmpty()) {
      warn(rule, field, "is not in force: a delegate can't delegate further");
      return;
    }
    model
        .delegate(rule, delegate)
        .ifPresentOrElse(
            found -> delegates.add(found.metadata().resource()),
            () ->
                warn(
                    rule,
                    field,
                    "no VirtualService without hosts that is visible from here is called "
                        + delegate.name()));
  }

  private void routed(VirtualService rule, String field, String host) {
    Optional<Service> service = model.service(host, rule.metadata().namespace());
    if (service.isEmpty()) {
      warn(rule, field, "no service has the host " + host);
      return;
    }
    List<ServicePort> ports = service.get().ports();
    if (!ports.isEmpty() && ports.stream().noneMatch(port -> port.protocol().isHttp())) {
      warn(rule, field, "is not applied: no port of " + host + " is declared to speak HTTP");
    }
  }

  private void destinations(VirtualService rule, RouteRule route, String path) {
    for (int i = 0; i < route.destinations().size(); i++) {
      destination(
          rule,
          route.destinations().get(i),
          path + ".route[" + i + "].destination",
          ".port.number");
    }
    for (int i = 0; i < route.mirrors().size(); i++) {
      destination(
          rule,
          route.mirrors().get(i).destination(),
          path + ".mirrors[" + i + "].destination",
          ".port.number");
    }
  }

  /**
   * @param portField the field that holds the port, after the destination's own
   */
  private void destination(
      Resource rule, WeightedDestination destination, String field, String portField) {
    String namespace = rule.metadata().namespace();
    String host = model.settings().qualify(destination.host(), namespace);
    Optional<Service> service = model.service(host, namespace);
    if (service.isEmpty()) {
      warn(rule, field + ".host", "no service has the host " + host);
      return;
    }
    Integer port = destination.port();
    if (port != null && service.get().port(port).isEmpty()) {
      warn(rule, field + portField, host + " has no port " + port);
    }
    String subset = destination.subset();
    if (!subset.isEmpty() && !model.hasSubset(service.get(), subset, namespace)) {
      warn(rule, field + ".subset", "no DestinationRule defines subset " + subset + " of " + host);
    }
  }

  private void unreachable(VirtualService rule) {
    for (int i = 0; i < rule.routes().size() - 1; i++) {
      if (rule.routes().get(i).matches().isEmpty()) {
        warn(
            rule,
            "spec.http[" + (i + 1) + "]",
            "is never reached: spec.http[" + i + "] takes every request");
        return;
      }
    }
  }

  private void destinationRules() {
    Map<String, DestinationRule> policies = new HashMap<>();
    Map<String, DestinationRule> subsets = new HashMap<>();
    for (DestinationRule rule : model.resources(DestinationRule.class)) {
      String namespace = rule.metadata().namespace();
      String host = model.settings().qualify(rule.host(), namespace);
      if (!Hosts.isWildcard(host) && model.service(host, namespace).isEmpty()) {
        warn(rule, "spec.host", "no service has the host " + host);
      }
      // Rules of one namespace for one host and one selector are merged, and the first that says
      // something holds.
      String merged = namespace + " " + host + " " + new TreeMap<>(rule.clients().labels());
      if (!rule.policy().equals(TrafficPolicy.NONE)) {
        first(policies, merged, rule)
            .ifPresent(
                first ->
                    warn(
                        rule,
                        "spec.trafficPolicy",
                        "is not in force: %s sets the one of %s already"
                            .formatted(first.metadata().resource(), host)));
      }
      for (int i = 0; i < rule.subsets().size(); i++) {
        String field = "spec.subsets[" + i + "]";
        String subset = rule.subsets().get(i).name();
        first(subsets, merged + " " + subset, rule)
            .ifPresent(
                first ->
                    warn(
                        rule,
                        field,
                        "is not in force: %s defines subset %s of %s already"
                            .formatted(first.metadata().resource(), subset, host)));
      }
    }
  }

  /** The rule that came first; empty if this is it. */
  private static Optional<DestinationRule> first(
      Map<String, DestinationRule> seen, String key, DestinationRule rule) {
    return Optional.ofNullable(seen.putIfAbsent(key, rule));
  }

  private void servicePolicies() {
    Map<String, ServicePolicy> seen = new HashMap<>();
    Map<String, ServicePolicy> limiting = new HashMap<>();
    for (ServicePolicy policy : model.resources(ServicePolicy.class)) {
      for (int i = 0; i < policy.rateLimits().size(); i++) {
        rateLimit(policy, policy.rateLimits().get(i), "spec.rateLimits[" + i + "].global");
      }
      String namespace = policy.metadata().namespace();
      if (policy.selector() != null) {
        if (policy.adaptiveConcurrency() != null) {
          ServicePolicy first = limiting.putIfAbsent(namespace + " " + policy.selector(), policy);
          if (first != null) {
            warn(
                policy,
                "spec.adaptiveConcurrency",
                "is not in force: %s has one for the same workloads already"
                    .formatted(first.metadata().resource()));
          }
        }
        continue;
      }
      String host = model.settings().qualify(policy.host(), namespace);
      if (!Hosts.isWildcard(host) && model.service(host, namespace).isEmpty()) {
        warn(policy, "spec.host", "no service has the host " + host);
      }
      ServicePolicy first = seen.putIfAbsent(namespace + " " + host, policy);
      if (first != null) {
        warn(
            policy,
            "spec.host",
            "is not in force: %s is for %s already".formatted(first.metadata().resource(), host));
      } else if (policy.fallback() != null) {
        destination(policy, policy.fallback(), "spec.fallback", ".port");
      }
    }
  }

  private void envoyFilters() {
    for (EnvoyFilter filter : model.resources(EnvoyFilter.class)) {
      for (EnvoyFilter.Patch patch : filter.patches()) {
        if (patch instanceof EnvoyFilter.Insert insert) {
          rateLimit(filter, insert.limit(), "spec.configPatches");
        }
      }
    }
  }

  private void rateLimit(Resource resource, RateLimit limit, String field) {
    if (limit instanceof RateLimit.Global global) {
      String host = model.settings().qualify(global.service(), global.namespace());
      Optional<Service> service = model.service(host, resource.metadata().namespace());
      if (service.isEmpty()) {
        warn(resource, field, "limits nothing: no service has the host " + host);
      } else if (service.get().port(global.port()).isEmpty()) {
        warn(resource, field, "limits nothing: %s has no port %d".formatted(host, global.port()));
      } else if (!service.get().port(global.port()).get().protocol().isHttp2()) {
        warn(
            resource,
            field,
            "limits nothing: port %d of %s is not declared to speak GRPC"
                .formatted(global.port(), host));
      }
    }
  }

  private void peerAuthentications() {
    Map<String, PeerAuthentication> seen = new HashMap<>();
    for (PeerAuthentication policy : model.resources(PeerAuthentication.class)) {
      if (policy.selector().isEmpty()) {
        PeerAuthentication first = seen.putIfAbsent(policy.metadata().namespace(), policy);
        if (first != null) {
          warn(
              policy,
              "",
              "is not in force: "
                  + first.metadata().resource()
                  + " holds for the whole namespace already");
        }
      }
    }
  }

  private void providers() {
    for (AuthorizationPolicy policy : model.resources(AuthorizationPolicy.class)) {
      if (policy.action() == AuthorizationPolicy.Action.CUSTOM
          && !(model.settings().config().provider(policy.provider()).orElse(null)
              instanceof ExtensionProvider.ExternalAuthorizer)) {
        warn(
            policy,
            "spec.provider.name",
            "no extensionProvider of MeshConfig for external authorization is called "
                + policy.provider()
                + ": what the rules match is denied");
      }
    }
  }

  private void telemetries() {
    Map<String, Telemetry> seen = new HashMap<>();
    for (Telemetry telemetry : model.resources(Telemetry.class)) {
      if (telemetry.selector().isEmpty()) {
        Telemetry first = seen.putIfAbsent(telemetry.metadata().namespace(), telemetry);
        if (first != null) {
          warn(
              telemetry,
              "",
              "is not in force: "
                  + first.metadata().resource()
                  + " holds for the whole namespace already");
        }
      }
      for (int i = 0; i < telemetry.logs().size(); i++) {
        providers(telemetry, Use.LOGGING, i, telemetry.logs().get(i).providers());
      }
      for (int i = 0; i < telemetry.tracing().size(); i++) {
        providers(telemetry, Use.TRACING, i, telemetry.tracing().get(i).providers());
      }
      for (int i = 0; i < telemetry.metrics().size(); i++) {
        providers(telemetry, Use.METRICS, i, telemetry.metrics().get(i).providers());
      }
    }
  }

  private void providers(Telemetry telemetry, Use use, int entry, List<String> names) {
    for (int i = 0; i < names.size(); i++) {
      String field = "spec.%s[%d].providers[%d].name".formatted(use.field, entry, i);
      provider(telemetry, field, names.get(i), use);
    }
  }

  private void provider(Resource resource, String field, String name, Use use) {
    ExtensionProvider provider = model.settings().config().provider(name).orElse(null);
    if (provider == null) {
      warn(resource, field, "no extensionProvider is called " + name);
    } else if (!use.fits(provider)) {
      warn(resource, field, name + use.otherwise);
    }
  }

  private void warn(Resource resource, String field, String message) {
    Metadata metadata = resource.metadata();
    findings.add(
        new Finding(Severity.WARNING, metadata.origin(), metadata.resource(), field, message));
  }
}
