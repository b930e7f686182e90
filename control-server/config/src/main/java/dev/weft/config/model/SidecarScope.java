package dev.weft.config.model;

import dev.weft.config.model.Sidecar.Egress;
import dev.weft.config.model.Sidecar.Import;
import dev.weft.config.model.Sidecar.OutboundPolicy;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What one workload sees of the mesh, beside what is exported to it: Istio's SidecarScope. */
public final class SidecarScope {

  private static final Egress EVERYTHING = new Egress(null, List.of(new Import("*", "*")));

  private final MeshSettings settings;
  private final String namespace;
  private final @Nullable Sidecar sidecar;
  private final List<Egress> egress;

  private SidecarScope(MeshSettings settings, String namespace, @Nullable Sidecar sidecar) {
    this.settings = settings;
    this.namespace = namespace;
    this.sidecar = sidecar;
    egress = sidecar == null || sidecar.egress().isEmpty() ? List.of(EVERYTHING) : sidecar.egress();
  }

  /**
   * By the Sidecar of its namespace that selects it; else by the one there that selects nobody in
   * particular; else by the root namespace's.
   *
   * @param sidecars in the order of their names; of several for the same workloads the first holds
   */
  static SidecarScope of(List<Sidecar> sidecars, ClientWorkload client, MeshSettings settings) {
    String namespace = client.namespace();
    Optional<Sidecar> selecting =
        in(sidecars, namespace)
            .filter(sidecar -> !sidecar.selector().isEmpty())
            .filter(sidecar -> sidecar.selector().selects(client.labels()))
            .findFirst();
    Sidecar found =
        selecting
            .or(() -> forAll(sidecars, namespace))
            .or(() -> forAll(sidecars, settings.rootNamespace()))
            .orElse(null);
    return new SidecarScope(settings, namespace, found);
  }

  private static Optional<Sidecar> forAll(List<Sidecar> sidecars, String namespace) {
    return in(sidecars, namespace).filter(sidecar -> sidecar.selector().isEmpty()).findFirst();
  }

  private static Stream<Sidecar> in(List<Sidecar> sidecars, String namespace) {
    return sidecars.stream().filter(sidecar -> sidecar.metadata().namespace().equals(namespace));
  }

  /** A service with the ports on which the workload may call it; empty if there are none. */
  Optional<Service> seen(Service service) {
    if (!service.visibleTo(namespace)) {
      return Optional.empty();
    }
    List<ServicePort> ports =
        service.ports().stream()
            .filter(port -> listener(port.number()).filter(it -> imports(it, service)).isPresent())
            .toList();
    return ports.isEmpty() && !service.ports().isEmpty()
        ? Optional.empty()
        : Optional.of(service.with(ports));
  }

  /** Whether its calls on a port are routed by a VirtualService for one of these hosts. */
  boolean imports(VirtualService rule, int port) {
    String owner = rule.metadata().namespace();
    return rule.visibility().allows(namespace, owner)
        && listener(port).stream()
            .flatMap(found -> found.hosts().stream())
            .filter(imported -> imported.isOfAny() || imported.isOf(owner, namespace))
            .anyMatch(
                imported ->
                    rule.hosts().stream()
                        .map(host -> settings.qualify(host, owner))
                        .anyMatch(host -> overlap(imported.host(), host)));
  }

  /** Istio's GetEgressListenerForRDS: the port's own, else the one for all ports. */
  private Optional<Egress> listener(int port) {
    return egress.stream()
        .filter(listener -> listener.port() == null || listener.port() == port)
        .findFirst();
  }

  /** Istio's selectServices. */
  private boolean imports(Egress listener, Service service) {
    return listener.hosts().stream()
        .filter(imported -> imported.isOfAny() || imported.isOf(service.namespace(), namespace))
        .anyMatch(imported -> Hosts.covers(imported.host(), service.host()));
  }

  private static boolean overlap(String one, String other) {
    return Hosts.covers(one, other) || Hosts.covers(other, one);
  }

  /** What becomes of calls to hosts that the workload doesn't see. */
  public OutboundPolicy outbound() {
    OutboundPolicy own = sidecar == null ? null : sidecar.outbound();
    return own == null ? new OutboundPolicy(settings.config().outboundTraffic(), null) : own;
  }

  /** How many requests a port of the workload serves at once; null: any number. */
  public @Nullable Integer maxRequests(int port) {
    return sidecar == null
        ? null
        : sidecar.maxRequestsByPort().getOrDefault(port, sidecar.maxRequests());
  }

  /**
   * The namespace of the Sidecar, where its short names resolve; the workload's if there is none.
   */
  public String owner() {
    return sidecar == null ? namespace : sidecar.metadata().namespace();
  }
}
