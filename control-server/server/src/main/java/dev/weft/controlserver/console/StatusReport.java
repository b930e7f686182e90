package dev.weft.controlserver.console;

import dev.weft.config.Configuration;
import dev.weft.config.ConfigurationFile;
import dev.weft.config.model.Endpoint;
import dev.weft.config.model.Service;
import dev.weft.config.source.Finding;
import dev.weft.config.source.ResourceName;
import dev.weft.controlserver.ca.CertificateAuthority;
import dev.weft.controlserver.identity.Identity;
import dev.weft.controlserver.identity.RefusedCalls;
import dev.weft.controlserver.mesh.Mesh;
import dev.weft.controlserver.registration.Registration;
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
  private final RefusedCalls refusedCalls;
  private final CertificateAuthority authority;
  private final Mesh mesh;

  public StatusReport(
      DiscoveryService discovery,
      WorkloadRegistry registry,
      RefusedCalls refusedCalls,
      CertificateAuthority authority,
      Mesh mesh) {
    this.discovery = discovery;
    this.registry = registry;
    this.refusedCalls = refusedCalls;
    this.authority = authority;
    this.mesh = mesh;
  }

  record Status(
      List<Problem> findings,
      List<ConfigFile> files,
      List<Client> clients,
      List<Workload> workloads,
      List<RefusedWorkload> refusedWorkloads,
      Refusals refusedCalls,
      Certificates certificates) {}

  record Problem(
      String severity,
      String file,
      int line,
      String kind,
      String resource,
      String field,
      String reason) {
    static Problem of(Finding finding) {
      ResourceName name = finding.resource();
      return new Problem(
          finding.severity().name().toLowerCase(Locale.ROOT),
          finding.origin().file(),
          finding.origin().line(),
          name.kind(),
          name.name().isEmpty() ? "" : name.namespace() + "/" + name.name(),
          finding.field(),
          finding.message());
    }
  }

  /**
   * @param accepted false: refused; what it said before, if anything, is in force
   */
  record ConfigFile(String file, boolean accepted, int resources) {
    static ConfigFile of(ConfigurationFile file) {
      return new ConfigFile(file.path(), !file.refused(), file.resources().size());
    }
  }

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
      List<Registration.Port> ports,
      String userAgent,
      String instance,
      String since) {

    static Workload of(Registration workload) {
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

  /** Connected, but not registered. */
  record RefusedWorkload(
      String service,
      String namespace,
      String serviceAccount,
      String address,
      String instance,
      String reason) {

    static RefusedWorkload of(WorkloadRegistry.Refused refused) {
      Registration workload = refused.workload();
      return new RefusedWorkload(
          workload.service(),
          workload.identity().namespace(),
          workload.identity().serviceAccount(),
          workload.address(),
          workload.instance(),
          refused.reason());
    }
  }

  /**
   * Calls refused for who the caller is.
   *
   * @param last the latest last
   */
  record Refusals(long count, List<Refusal> last) {
    static Refusals of(RefusedCalls calls) {
      return new Refusals(calls.count(), calls.last().stream().map(Refusal::of).toList());
    }
  }

  record Refusal(String address, String method, String reason, long times, String lastTime) {
    static Refusal of(RefusedCalls.Refusal refusal) {
      return new Refusal(
          refusal.address(),
          refusal.method(),
          refusal.reason(),
          refusal.times(),
          refusal.lastTime().toString());
    }
  }

  record Certificates(String trustDomain, long issued, long refused, String rootExpires) {
    static Certificates of(CertificateAuthority.CertificateStatus status) {
      return new Certificates(
          status.trustDomain(), status.issued(), status.refused(), status.rootExpires().toString());
    }
  }

  CompletableFuture<Status> status() {
    Configuration configuration = mesh.configuration();
    return discovery
        .status()
        .thenApply(
            clients ->
                new Status(
                    mesh.findings().stream().map(Problem::of).toList(),
                    configuration.paths().stream()
                        .flatMap(path -> configuration.file(path).stream())
                        .map(ConfigFile::of)
                        .toList(),
                    clients.stream()
                        .sorted(Comparator.comparingLong(ClientStatus::stream))
                        .map(Client::of)
                        .toList(),
                    registry.workloads().stream().map(Workload::of).toList(),
                    registry.refused().stream().map(RefusedWorkload::of).toList(),
                    Refusals.of(refusedCalls),
                    Certificates.of(authority.status())));
  }

  record MeshService(String host, String namespace, boolean external, List<MeshPort> ports) {
    static MeshService of(Service service) {
      return new MeshService(
          service.host(),
          service.namespace(),
          service.external(),
          service.ports().stream()
              .map(
                  port ->
                      new MeshPort(
                          port.number(),
                          port.name(),
                          port.protocol().wireName(),
                          service.endpoints(port.number()).stream().map(MeshEndpoint::of).toList()))
              .toList());
    }
  }

  record MeshPort(int number, String name, String protocol, List<MeshEndpoint> endpoints) {}

  record MeshEndpoint(
      String address,
      int port,
      boolean ready,
      boolean mutualTls,
      String serviceAccount,
      Map<String, String> labels) {
    static MeshEndpoint of(Endpoint endpoint) {
      return new MeshEndpoint(
          endpoint.address(),
          endpoint.port(),
          endpoint.ready(),
          endpoint.mutualTls(),
          endpoint.serviceAccount(),
          new TreeMap<>(endpoint.labels()));
    }
  }

  List<MeshService> services() {
    return mesh.model().services().stream().map(MeshService::of).toList();
  }
}
