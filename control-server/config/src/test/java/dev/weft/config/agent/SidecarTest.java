package dev.weft.config.agent;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import dev.weft.config.Fixtures;
import dev.weft.config.model.ClientWorkload;
import io.envoyproxy.envoy.config.route.v3.Route;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a workload sees of the mesh: Istio's SidecarScope. */
class SidecarTest {

  private static final String SERVICES =
      """
      apiVersion: networking.istio.io/v1
      kind: ServiceEntry
      metadata: {name: a, namespace: shop}
      spec:
        hosts: [a.shop.svc.cluster.local]
        ports: [{number: 80, name: http, protocol: HTTP}, {number: 81, name: more, protocol: HTTP}]
        resolution: STATIC
        endpoints: [{address: 192.0.2.1}]
      ---
      apiVersion: networking.istio.io/v1
      kind: ServiceEntry
      metadata: {name: b, namespace: bank}
      spec:
        hosts: [b.bank.svc.cluster.local]
        ports: [{number: 80, name: http, protocol: HTTP}]
        resolution: STATIC
        endpoints: [{address: 192.0.2.2}]
      ---
      apiVersion: networking.istio.io/v1
      kind: ServiceEntry
      metadata: {name: c, namespace: bank}
      spec:
        hosts: [c.example.com]
        addresses: [198.51.100.3]
        ports: [{number: 80, name: http, protocol: HTTP}]
        resolution: STATIC
        endpoints: [{address: 192.0.2.3}]
      """;

  private static String sidecar(String name, String namespace, String spec) {
    return """
        ---
        apiVersion: networking.istio.io/v1
        kind: Sidecar
        metadata: {name: %s, namespace: %s}
        spec: %s
        """
        .formatted(name, namespace, spec);
  }

  private static final ClientWorkload WEB = client("shop", Map.of("app", "web"));

  private static ClientWorkload client(String namespace, Map<String, String> labels) {
    return new ClientWorkload("", namespace, "", "", labels);
  }

  private static AgentGenerator generator(String yaml) {
    return new AgentGenerator(Fixtures.model(SERVICES + yaml));
  }

  /** The hosts by their first letter, with their ports. */
  private static String seen(AgentGenerator generator, ClientWorkload client) {
    StringBuilder seen = new StringBuilder();
    generator.nameTables(client).stream()
        .flatMap(table -> table.hosts().stream())
        .sorted((one, other) -> one.name().compareTo(other.name()))
        .forEach(
            host ->
                host.ports()
                    .forEach(port -> seen.append(host.name().charAt(0)).append(port.number())));
    return seen.toString();
  }

  /** networking.istio.io Sidecar, IstioEgressListener.hosts and .port. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[{hosts: ['*/*']}] | a80a81b80c80",
        "[{hosts: ['./*']}] | a80a81",
        "[{hosts: ['bank/*']}] | b80c80",
        "[{hosts: ['bank/*.example.com']}] | c80",
        "[{hosts: ['*/c.example.com', './*']}] | a80a81c80",
        "[{hosts: ['shop/c.example.com']}] | ''",
        "[{hosts: ['~/*']}] | ''",
        // selectServices: by the namespace's name or by any
        "[{hosts: ['bank/c.example.com', '*/*']}] | a80a81b80c80",
        "[{port: {number: 81, protocol: HTTP, name: x}, hosts: ['./*']}] | a81",
        // GetEgressListenerForRDS: the port's own listener alone counts
        "[{port: {number: 80, protocol: HTTP, name: x}, hosts: ['bank/*']}, {hosts: ['./*']}]"
            + " | a81b80c80",
      })
  void egressHostsAreWhatIsSeen(String egress, String hosts) {
    AgentGenerator generator =
        generator(sidecar("default", "shop", "{egress: %s}".formatted(egress)));
    assertThat(seen(generator, WEB)).isEqualTo(hosts);
  }

  @Test
  void whatIsNotSeenHasNoListenerEither() {
    AgentGenerator generator =
        generator(
            sidecar("default", "shop", "{egress: [{hosts: ['./a.shop.svc.cluster.local']}]}"));
    assertThat(generator.listenerChain(WEB, "a:80")).isPresent();
    assertThat(generator.listenerChain(WEB, "b.bank:80")).isEmpty();
    assertThat(generator.listenerChain(WEB, "198.51.100.3:80")).isEmpty();
    assertThat(generator.listenerChain(client("other", Map.of()), "b.bank:80")).isPresent();
  }

  /** "Sidecar": workloadSelector before the namespace's, before the root namespace's. */
  @ParameterizedTest
  @CsvSource({
    "shop, web, b80",
    "shop, x, a80a81",
    "bank, web, c80",
  })
  void theNarrowestHolds(String namespace, String app, String hosts) {
    String yaml =
        sidecar("wide", "shop", "{egress: [{hosts: ['./*']}]}")
            + sidecar(
                "web",
                "shop",
                "{workloadSelector: {labels: {app: web}}, egress: [{hosts: ['*/b.bank.svc.cluster.local']}]}")
            + sidecar("root", "istio-system", "{egress: [{hosts: ['*/c.example.com']}]}")
            + sidecar(
                "selecting",
                "istio-system",
                "{workloadSelector: {labels: {app: web}}, egress: [{hosts: ['~/*']}]}");
    assertThat(seen(generator(yaml), client(namespace, Map.of("app", app)))).isEqualTo(hosts);
  }

  /** SelectVirtualServices: those of namespaces that hosts are imported from. */
  @ParameterizedTest
  @CsvSource({"'./*', default", "'*/*', theirs", "'bank/*', ''"})
  void rulesAreImportedToo(String hosts, String route) {
    String yaml =
        """
        ---
        apiVersion: networking.istio.io/v1
        kind: VirtualService
        metadata: {name: theirs, namespace: bank}
        spec:
          hosts: [a.shop.svc.cluster.local]
          http: [{name: theirs, route: [{destination: {host: a.shop.svc.cluster.local}}]}]
        """;
    AgentGenerator generator =
        generator(
            yaml + sidecar("default", "shop", "{egress: [{hosts: ['%s']}]}".formatted(hosts)));
    assertThat(
            generator
                .listenerChain(WEB, "a:80")
                .map(chain -> chain.routes().getVirtualHosts(0).getRoutes(0).getName())
                .orElse(""))
        .isEqualTo(route);
  }

  // outboundTrafficPolicy

  private static final String REGISTRY_ONLY =
      """
      ---
      apiVersion: v1
      kind: ConfigMap
      metadata: {name: istio, namespace: istio-system}
      data: {mesh: "outboundTrafficPolicy: {mode: REGISTRY_ONLY}"}
      """;

  private static NameTable.Others others(AgentGenerator generator) {
    List<NameTable> own =
        generator.nameTables(WEB).stream()
            .filter(table -> table.namespace().equals("shop"))
            .toList();
    assertThat(own).hasSize(1);
    return own.get(0).others();
  }

  /** buildCatchAllVirtualHost: block_all answers 502. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "mesh | ",
        "mesh | {egress: [{hosts: ['~/*']}]}",
        "     | {outboundTrafficPolicy: {mode: REGISTRY_ONLY}}",
        "     | {outboundTrafficPolicy: {}}",
      })
  void registryOnlyAnswersOtherCalls(String mesh, String spec) {
    AgentGenerator generator =
        generator(
            (mesh == null ? "" : REGISTRY_ONLY)
                + (spec == null ? "" : sidecar("default", "shop", spec)));
    assertThat(others(generator)).isEqualTo(NameTable.Others.BLOCKED);
    Chain chain = generator.listenerChain(WEB, "*:0").orElseThrow();
    assertThat(chain.listener().getName()).isEqualTo("*:0");
    assertThat(chain.routes().getVirtualHosts(0).getDomainsList()).containsExactly("*");
    Route route = chain.routes().getVirtualHosts(0).getRoutes(0);
    assertThat(route.getName()).isEqualTo("block_all");
    assertThat(route.getDirectResponse().getStatus()).isEqualTo(502);
    assertThat(generator.routes(WEB, chain.routes().getName())).contains(chain.routes());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        " | ",
        "mesh | {outboundTrafficPolicy: {mode: ALLOW_ANY}}",
        " | {egress: [{hosts: ['./*']}]}",
      })
  void allowAnyLeavesThemAlone(String mesh, String spec) {
    AgentGenerator generator =
        generator(
            (mesh == null ? "" : REGISTRY_ONLY)
                + (spec == null ? "" : sidecar("default", "shop", spec)));
    assertThat(others(generator)).isEqualTo(NameTable.Others.LEFT_ALONE);
    assertThat(generator.listenerChain(WEB, "*:0")).isEmpty();
  }

  /** buildCatchAllVirtualHost: allow_any leads to the proxy, without a timeout. */
  @Test
  void anEgressProxyGetsThem() {
    AgentGenerator generator =
        generator(
            sidecar(
                "default",
                "shop",
                "{outboundTrafficPolicy: {mode: ALLOW_ANY, egressProxy: {host: b.bank.svc.cluster.local,"
                    + " port: {number: 80}}}, egress: [{hosts: ['./*']}]}"));
    assertThat(others(generator)).isEqualTo(NameTable.Others.PROXIED);
    Chain chain = generator.listenerChain(WEB, "*:0").orElseThrow();
    Route route = chain.routes().getVirtualHosts(0).getRoutes(0);
    assertThat(route.getName()).isEqualTo("allow_any");
    assertThat(route.getRoute().getCluster()).isEqualTo("outbound|80||b.bank.svc.cluster.local");
    assertThat(route.getRoute().getTimeout().getSeconds()).isZero();
    assertThat(chain.clusters()).hasSize(1);
    assertThat(chain.assignments()).hasSize(1);
  }

  /** A host whose calls are left alone is declared all the same. */
  @Test
  void whatIsLeftAloneIsNotOther() {
    AgentGenerator generator =
        generator(
            """
            ---
            apiVersion: networking.istio.io/v1
            kind: ServiceEntry
            metadata: {name: d, namespace: shop}
            spec: {hosts: [d.example.com], ports: [{number: 80, name: http, protocol: HTTP}], resolution: DNS}
            """
                + REGISTRY_ONLY);
    ClientWorkload old = new ClientWorkload("", "shop", "", "", Map.of(), false);
    assertThat(seen(generator, old)).contains("d80");
    assertThat(generator.listenerChain(old, "d.example.com:80")).isEmpty();
  }

  // inboundConnectionPool

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{inboundConnectionPool: {http: {http2MaxRequests: 7}}} | 7",
        "{inboundConnectionPool: {tcp: {maxConnections: 2}, http: {http1MaxPendingRequests: 3}}} | 5",
        "{inboundConnectionPool: {tcp: {maxConnections: 2}}} | 0",
        // IstioIngressListener.connectionPool: overrides the one of all ports
        "{inboundConnectionPool: {http: {http2MaxRequests: 7}}, ingress: [{port: {number: 8080},"
            + " connectionPool: {http: {http2MaxRequests: 9}}}]} | 9",
        "{inboundConnectionPool: {http: {http2MaxRequests: 7}}, ingress: [{port: {number: 81},"
            + " connectionPool: {http: {http2MaxRequests: 9}}}]} | 7",
        "{egress: [{hosts: ['./*']}]} | 0",
      })
  void requestsAtOnceAreLimited(String spec, int limit) {
    assertThat(
            generator(sidecar("default", "shop", spec))
                .inbound(WEB, "192.0.2.9", 8080)
                .getMetadata()
                .getFilterMetadataOrDefault("dev.weft", Struct.getDefaultInstance())
                .getFieldsOrDefault("max_requests", Value.getDefaultInstance())
                .getNumberValue())
        .isEqualTo(limit);
  }
}
