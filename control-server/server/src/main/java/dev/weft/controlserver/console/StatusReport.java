package dev.weft.controlserver.console;

import dev.weft.controlserver.ca.CertificateAuthority;
import dev.weft.controlserver.identity.Identity;
import dev.weft.controlserver.mesh.Mesh;
import dev.weft.controlserver.registration.RegisteredWorkload;
import dev.weft.controlserver.registration.WorkloadRegistry;
import dev.weft.controlserver.xds.ClientStatus;
import dev.weft.controlserver.xds.DiscoveryService;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

/**
 * What {@code /api/status} and {@code /api/services} say. The records here are that JSON: their
 * components' names are a contract with scripts.
 */
public final class StatusReport {
  private final DiscoveryService discovery;
  private final WorkloadRegistry registry;
  private final CertificateAuthority authority;
  private final Mesh mesh;

  public StatusReport(
      DiscoveryService discovery,
      WorkloadRegistry registry,
      CertificateAuthority authority,
      Mesh mesh) {
    this.discovery = discovery;
    this.registry = registry;
    this.authority = authority;
    this.mesh = mesh;
  }

  record Status(
      List<Mesh.FindingStatus> findings,
      List<Mesh.FileStatus> files,
      List<Client> clients,
      List<Workload> workloads,
      Certificates certificates) {}

  record Client(
      long stream,
      String node,
      String kind,
      String namespace,
      String serviceAccount,
      boolean authenticated,
      String peer,
      String connected,
      boolean synced,
      Map<String, ClientStatus.TypeStatus> types) {

    static Client of(ClientStatus status) {
      Map<String, ClientStatus.TypeStatus> types = new LinkedHashMap<>();
      status.types().forEach((type, of) -> types.put(type.name().toLowerCase(Locale.ROOT), of));
      var client = status.client();
      return new Client(
          status.stream(),
          client.node(),
          client.kind().name().toLowerCase(Locale.ROOT),
          client.namespace(),
          client.serviceAccount(),
          client.proven().isPresent(),
          status.peer(),
          status.connected().toString(),
          types.values().stream().allMatch(ClientStatus.TypeStatus::synced),
          types);
    }
  }

  record Workload(
      String service,
      String namespace,
      String serviceAccount,
      String address,
      Map<String, String> labels,
      boolean ready,
      List<RegisteredWorkload.Port> ports,
      String userAgent,
      String instance,
      String since) {

    static Workload of(RegisteredWorkload workload) {
      Identity identity = workload.identity();
      return new Workload(
          workload.service(),
          identity.namespace(),
          identity.serviceAccount(),
          workload.address(),
          new TreeMap<>(workload.labels()),
          workload.ready(),
          workload.ports(),
          workload.userAgent(),
          workload.instance(),
          workload.since().toString());
    }
  }

  record Certificates(String trustDomain, long issued, long refused, String rootExpires) {
    static Certificates of(CertificateAuthority.CertificateStatus status) {
      return new Certificates(
          status.trustDomain(), status.issued(), status.refused(), status.rootExpires().toString());
    }
  }

  CompletableFuture<Status> status() {
    return discovery
        .status()
        .thenApply(
            clients ->
                new Status(
                    mesh.findings(),
                    mesh.files(),
                    clients.stream()
                        .sorted(Comparator.comparingLong(ClientStatus::stream))
                        .map(Client::of)
                        .toList(),
                    registry.workloads().stream().map(Workload::of).toList(),
                    Certificates.of(authority.status())));
  }

  List<Mesh.ServiceStatus> services() {
    return mesh.services();
  }
}
