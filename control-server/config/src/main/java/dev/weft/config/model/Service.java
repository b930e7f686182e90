package dev.weft.config.model;

import com.google.common.net.InetAddresses;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Something that can be called.
 *
 * @param host its name: fully qualified, or {@code *.example.com}
 * @param addresses virtual addresses that stand for it
 * @param ranges CIDR ranges of such addresses, each of which leads where it itself says if clients
 *     find the endpoints
 * @param resolution how host names among the endpoints' addresses are resolved, and where calls go
 *     if there are no endpoints
 * @param endpoints by the service's port number; a port without endpoints has an empty list
 * @param identities SPIFFE IDs that may serve it: nobody else's registration counts, nor is taken
 *     for it in mutual TLS; never empty
 * @param subjectAltNames what servers outside the mesh prove to be; may be empty
 * @param inMesh whether calls to it are the mesh's to handle; if not, they are left alone
 */
public record Service(
    String host,
    String namespace,
    List<ServicePort> ports,
    List<String> addresses,
    List<String> ranges,
    Resolution resolution,
    Map<Integer, List<Endpoint>> endpoints,
    List<String> identities,
    List<String> subjectAltNames,
    Visibility visibility,
    boolean external,
    boolean inMesh) {

  public Service {
    ports = List.copyOf(ports);
    addresses = List.copyOf(addresses);
    ranges = List.copyOf(ranges);
    endpoints = Map.copyOf(endpoints);
    identities = List.copyOf(identities);
    subjectAltNames = List.copyOf(subjectAltNames);
  }

  /**
   * The host that destinations of this service are named by when it is called as {@code called}:
   * its own; but one host of a wildcard, or one address of a range, leads elsewhere than another
   * where callers resolve them.
   */
  public String destinationHost(String called) {
    return resolution.isCallers() && (Hosts.isWildcard(host) || InetAddresses.isInetAddress(called))
        ? called
        : host;
  }

  /** Whether calls to it are this client's mesh's to handle. */
  public boolean isInMeshOf(ClientWorkload client) {
    return inMesh && (client.resolvesNames() || !isResolvedByClients());
  }

  private boolean isResolvedByClients() {
    boolean some = endpoints.values().stream().anyMatch(ofPort -> !ofPort.isEmpty());
    return some
        ? endpoints.values().stream()
            .flatMap(List::stream)
            .anyMatch(endpoint -> !InetAddresses.isInetAddress(endpoint.address()))
        : resolution.byName() || resolution.isCallers();
  }

  /** The same with these of its ports. */
  Service with(List<ServicePort> some) {
    return some.equals(ports)
        ? this
        : new Service(
            host,
            namespace,
            some,
            addresses,
            ranges,
            resolution,
            endpoints,
            identities,
            subjectAltNames,
            visibility,
            external,
            inMesh);
  }

  /** The port of that number. */
  public Optional<ServicePort> port(int number) {
    return ports.stream().filter(port -> port.number() == number).findFirst();
  }

  /** The endpoints of a port, in a stable order. */
  public List<Endpoint> endpoints(int port) {
    return endpoints.getOrDefault(port, List.of());
  }

  /** Whether {@code namespace} may see it. */
  public boolean visibleTo(String viewer) {
    return visibility.allows(viewer, namespace);
  }
}
