package dev.weft.config.istio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.weft.config.ConfigurationFile;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What is wrong with kinds that say who sees and serves what; {@code validation} is Istio's.
 *
 * <p>Findings begin with their field below {@code spec}.
 */
class SidecarReaderTest {

  private static Arguments sidecar(String source, String spec, String... findings) {
    return arguments(source, "Sidecar", spec, List.of(findings));
  }

  private static Arguments group(String source, String spec, String... findings) {
    return arguments(source, "WorkloadGroup", spec, List.of(findings));
  }

  private static Arguments service(String source, String more, String... findings) {
    return arguments(
        source,
        "ServiceEntry",
        "{hosts: [a.example], ports: [{number: 80, name: http}], " + more + "}",
        List.of(findings));
  }

  private static Arguments host(String host, String... findings) {
    return sidecar(
        "validation validateNamespaceSlashWildcardHostname",
        "{egress: [{hosts: ['" + host + "']}]}",
        findings);
  }

  static Stream<Arguments> specs() {
    return Stream.of(
        sidecar(
            "networking.istio.io Sidecar",
            "{workloadSelector: {labels: {app: a}}, outboundTrafficPolicy: {mode: REGISTRY_ONLY},"
                + " egress: [{port: {number: 80, protocol: HTTP, name: http}, hosts: ['./*']},"
                + " {hosts: ['*/*', 'istio-system/*', '~/*', '*/*.example.com']}]}"),
        sidecar(
            "validation ValidateSidecar: empty configuration",
            "{workloadSelector: {labels: {app: a}}}",
            "error: : must have egress, ingress, inboundConnectionPool or outboundTrafficPolicy"),
        sidecar(
            "validation ValidateSidecar: egress hosts",
            "{egress: [{port: {number: 80}}]}",
            "error: .egress[0].hosts: must have at least one host"),
        host("a.example", "error: .egress[0].hosts[0]: \"a.example\" is not namespace/dnsName"),
        host("A/*", "error: .egress[0].hosts[0]: \"A\" is not a namespace, \".\", \"*\" or \"~\""),
        host("./a*", "error: .egress[0].hosts[0]: \"a*\" is not a host name"),
        host(
            "./a",
            "error: .egress[0].hosts[0]: short names are not understood here: \"a\" has no domain"),
        sidecar(
            "validation ValidateSidecar: ports, and the listener for all others",
            "{egress: [{hosts: ['./*']}, {port: {number: 80}, hosts: ['./*']},"
                + " {port: {number: 80}, hosts: ['./*']}]}",
            "error: .egress[0]: without a port, must be the last",
            "error: .egress[2]: port 80 is there twice"),
        sidecar(
            "IstioEgressListener.bind, .captureMode",
            "{egress: [{port: {number: 80, protocol: HTTP_PROXY}, bind: 127.0.0.1, captureMode: NONE,"
                + " hosts: ['./*']}]}",
            "warning: .egress[0].bind: has no effect in the agent: nothing listens there; a call is"
                + " told by the host that it names",
            "warning: .egress[0].captureMode: has no effect in the agent: it takes part in the calls"
                + " of the libraries it knows, and redirects no connection",
            "warning: .egress[0].port.protocol: HTTP_PROXY has no effect in the agent: no proxy"
                + " listens there; the hosts are called on this port itself"),
        sidecar(
            "validation: bind needs a port",
            "{egress: [{bind: 127.0.0.1, hosts: ['./*']}]}",
            "error: .egress[0].bind: needs a port"),
        sidecar(
            "IstioIngressListener",
            "{ingress: [{port: {number: 80, protocol: HTTP, name: a}, bind: 0.0.0.0, defaultEndpoint:"
                + " '127.0.0.1:8080', tls: {mode: SIMPLE}, connectionPool: {http: {http2MaxRequests: 1}}}]}",
            "warning: .ingress[0].port: has no effect in the agent: the application listens itself,"
                + " and each port that it opens is served and guarded, whether it is here or not",
            "warning: .ingress[0].bind: has no effect in the agent: where to listen, the application"
                + " says",
            "warning: .ingress[0].defaultEndpoint: has no effect in the agent: a request arrives at"
                + " the application's own port",
            "warning: .ingress[0].tls: has no effect in the agent: TLS is the application's own, or"
                + " the mesh's as PeerAuthentication says, and neither is ended for it"),
        sidecar(
            "Sidecar.inboundConnectionPool",
            "{inboundConnectionPool: {tcp: {maxConnections: 1, idleTimeout: 1s}, http:"
                + " {http1MaxPendingRequests: 2, maxRetries: 3}}}",
            "warning: .inboundConnectionPool.tcp.maxConnections: is in force together with"
                + " http1MaxPendingRequests: as many requests are served at once as both allow, and"
                + " none waits",
            "warning: .inboundConnectionPool.tcp.idleTimeout: has no effect in the agent: connections"
                + " are the application's own server's; set it at the server",
            "warning: .inboundConnectionPool.http.maxRetries: has no effect in the agent: connections"
                + " are the application's own server's; set it at the server"),
        sidecar(
            "Sidecar.inboundConnectionPool: connections alone",
            "{inboundConnectionPool: {tcp: {maxConnections: 1}}}",
            "warning: .inboundConnectionPool.tcp.maxConnections: has no effect in the agent without"
                + " http1MaxPendingRequests; give both, or http2MaxRequests"),
        sidecar(
            "Sidecar.inboundConnectionPool: pending requests alone",
            "{inboundConnectionPool: {http: {http1MaxPendingRequests: 1}}}",
            "warning: .inboundConnectionPool.http.http1MaxPendingRequests: has no effect in the agent"
                + " without maxConnections; give both, or http2MaxRequests"),
        sidecar(
            "validation validateSidecarOutboundTrafficPolicy",
            "{outboundTrafficPolicy: {egressProxy: {host: a.example}}}",
            "error: .outboundTrafficPolicy.egressProxy: must be given with mode ALLOW_ANY only",
            "error: .outboundTrafficPolicy.egressProxy.port: is required",
            "warning: .outboundTrafficPolicy.egressProxy: is in force for http:// only: what the"
                + " application itself encrypts goes where it sends it"),
        service("ServiceEntry.addresses", "addresses: [10.0.0.0/8, 10.0.0.1, '2001:db8::/32']"),
        service(
            "validation ValidateIPSubnet",
            "addresses: [10.0.0.0/33, 10.0.0/8, a]",
            "error: .addresses[0]: \"10.0.0.0/33\" is not an IP address or CIDR",
            "error: .addresses[1]: \"10.0.0/8\" is not an IP address or CIDR",
            "error: .addresses[2]: \"a\" is not an IP address or CIDR"),
        service(
            "WorkloadEntry.network",
            "resolution: STATIC, endpoints: [{address: 10.0.0.1, network: two}]",
            "warning: .endpoints[0].network: is only the label topology.istio.io/network: there are"
                + " no gateways between networks here, so that the endpoint is called at its own"
                + " address"),
        group(
            "networking.istio.io WorkloadGroup",
            "{metadata: {labels: {app: a}, annotations: {b: c}}, template: {ports: {http: 8080},"
                + " labels: {d: e}, locality: eu/a, weight: 3, serviceAccount: a}}"),
        group(
            "validation ValidateWorkloadGroup",
            "{metadata: {labels: {app: a}}, template: {address: 10.0.0.1}}",
            "error: .template.address: must not be given: each workload has its own"),
        group(
            "WorkloadGroup.probe",
            "{template: {}, probe: {httpGet: {port: 80}}}",
            "warning: .probe: has no effect: whether a workload serves is what its own agent reports",
            "warning: .metadata.labels: are none: each workload that registers itself in this"
                + " namespace belongs to the group"),
        arguments(
            "VirtualService.gateways",
            "VirtualService",
            "{hosts: [a], gateways: [mesh, edge], http: [{route: [{destination: {host: a}}]}]}",
            List.of(
                "warning: .gateways: in force for callers in the mesh only: no gateway is served"
                    + " here, and so not edge")));
  }

  @ParameterizedTest(name = "{0}: {2}")
  @MethodSource("specs")
  void isFound(String source, String kind, String spec, List<String> expected) {
    String text =
        "apiVersion: networking.istio.io/v1\nkind: "
            + kind
            + "\nmetadata: {name: x, namespace: shop}\nspec: "
            + spec
            + "\n";
    assertThat(ConfigurationFile.parse("f.yaml", text).findings())
        .extracting(
            finding ->
                finding.severity().toString().toLowerCase(java.util.Locale.ROOT)
                    + ": "
                    + finding.field().substring("spec".length())
                    + ": "
                    + finding.message())
        .containsExactlyInAnyOrderElementsOf(expected);
  }
}
