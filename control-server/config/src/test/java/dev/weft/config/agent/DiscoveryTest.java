package dev.weft.config.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.config.Fixtures;
import dev.weft.config.model.ClientWorkload;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.cluster.v3.Cluster.DiscoveryType;
import io.envoyproxy.envoy.config.core.v3.SocketAddress;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How a ServiceEntry's endpoints are found: pilot's convertResolution. */
@SuppressWarnings("deprecation") // of dns_refresh_rate
class DiscoveryTest {

  private static final String MESH_CONFIG =
      """
      apiVersion: v1
      kind: ConfigMap
      metadata: {name: istio, namespace: istio-system}
      data:
        mesh: |
          dnsRefreshRate: 7s
          connectTimeout: 3s
          enableAutoMtls: false
      ---
      """;

  private static Chain chain(String config, String spec) {
    return generator(config, spec)
        .listenerChain(Fixtures.client("web"), "api.example.com:80")
        .orElseThrow();
  }

  private static AgentGenerator generator(String config, String spec) {
    String yaml =
        config
            + """
              apiVersion: networking.istio.io/v1
              kind: ServiceEntry
              metadata: {name: api, namespace: shop}
              spec:
                hosts: [api.example.com]
                ports: [{number: 80, name: http, protocol: HTTP, targetPort: 8080}]
                %s
              """
                .formatted(spec);
    return new AgentGenerator(Fixtures.model(yaml));
  }

  private static List<String> addresses(Cluster cluster) {
    return cluster.getLoadAssignment().getEndpointsList().stream()
        .flatMap(locality -> locality.getLbEndpointsList().stream())
        .map(endpoint -> endpoint.getEndpoint().getAddress().getSocketAddress())
        .map((SocketAddress at) -> at.getAddress() + ":" + at.getPortValue())
        .toList();
  }

  @Test
  void withoutEndpointsTheHostItselfIsResolved() {
    Chain chain = chain("", "resolution: DNS");
    Cluster cluster = chain.clusters().get(0);
    assertThat(cluster.getType()).isEqualTo(DiscoveryType.STRICT_DNS);
    assertThat(addresses(cluster)).containsExactly("api.example.com:8080");
    assertThat(cluster.getDnsRefreshRate().getSeconds()).as("Istio's default").isEqualTo(60);
    assertThat(chain.assignments()).isEmpty();
  }

  @Test
  void endpointsMayBeNamesAndAddresses() {
    Cluster cluster =
        chain(
                MESH_CONFIG,
                "resolution: DNS\n  endpoints: [{address: one.example, ports: {http: 81}, locality:"
                    + " eu/a, weight: 3}, {address: 192.0.2.1}]")
            .clusters()
            .get(0);
    assertThat(cluster.getType()).isEqualTo(DiscoveryType.STRICT_DNS);
    assertThat(addresses(cluster)).containsExactlyInAnyOrder("one.example:81", "192.0.2.1:8080");
    assertThat(cluster.getDnsRefreshRate().getSeconds()).isEqualTo(7);
    assertThat(cluster.getConnectTimeout().getSeconds()).isEqualTo(3);
  }

  @Test
  void roundRobinOverTheNameIsLogical() {
    assertThat(chain("", "resolution: DNS_ROUND_ROBIN").clusters().get(0).getType())
        .isEqualTo(DiscoveryType.LOGICAL_DNS);
  }

  @Test
  void whereAllAddressesAreKnownNothingIsResolved() {
    Chain chain = chain("", "resolution: DNS\n  endpoints: [{address: 192.0.2.1}]");
    assertThat(chain.clusters().get(0).getType()).isEqualTo(DiscoveryType.EDS);
    assertThat(chain.assignments()).hasSize(1);
  }

  /** ORIGINAL_DST: what the called name, or the virtual address, stands for where it is called. */
  @ParameterizedTest
  @CsvSource({
    "resolution: NONE, LOGICAL_DNS, api.example.com:80",
    "resolution: DYNAMIC_DNS, LOGICAL_DNS, api.example.com:80",
    "'{resolution: NONE, addresses: [192.0.2.7]}', LOGICAL_DNS, 192.0.2.7:80",
  })
  void callsGoWhereTheApplicationsWould(String spec, DiscoveryType type, String address) {
    Cluster cluster =
        chain("", spec.replaceAll("[{}]", "").replace(", ", "\n  ")).clusters().get(0);
    assertThat(cluster.getType()).isEqualTo(type);
    assertThat(addresses(cluster)).containsExactly(address);
  }

  /** An agent of before would refuse the cluster, and with it each call. */
  @ParameterizedTest
  @CsvSource({
    "resolution: DNS, false",
    "resolution: NONE, false",
    "'resolution: DNS\n  endpoints: [{address: one.example}]', false",
    "'resolution: DNS\n  endpoints: [{address: 192.0.2.1}]', true",
    "'resolution: STATIC\n  endpoints: [{address: 192.0.2.1}]', true",
  })
  void whoDoesNotResolveNamesIsLeftAlone(String spec, boolean handled) {
    ClientWorkload old = new ClientWorkload("", "shop", "", "", Map.of(), false);
    AgentGenerator generator = generator("", spec.replace("\\n", "\n"));
    assertThat(generator.listenerChain(old, "api.example.com:80").isPresent()).isEqualTo(handled);
    assertThat(generator.nameTables(old).stream().flatMap(table -> table.hosts().stream()))
        .hasSize(handled ? 1 : 0);
  }

  @Test
  void aWildcardIsTheHostThatIsCalled() {
    String yaml =
        """
        apiVersion: networking.istio.io/v1
        kind: ServiceEntry
        metadata: {name: api, namespace: shop}
        spec:
          hosts: ['*.example.org']
          ports: [{number: 80, name: http, protocol: HTTP}]
        """;
    Chain chain =
        new AgentGenerator(Fixtures.model(yaml))
            .listenerChain(Fixtures.client("web"), "a.example.org:80")
            .orElseThrow();
    assertThat(addresses(chain.clusters().get(0))).containsExactly("a.example.org:80");
  }

  /** LoadBalancerSettings.SimpleLB.PASSTHROUGH. */
  @Test
  void passthroughLeavesTheEndpointsAlone() {
    String rule =
        """
        apiVersion: networking.istio.io/v1
        kind: DestinationRule
        metadata: {name: api, namespace: shop}
        spec: {host: api.example.com, trafficPolicy: {loadBalancer: {simple: PASSTHROUGH}}}
        ---
        """;
    Chain chain = chain(rule, "resolution: STATIC\n  endpoints: [{address: 192.0.2.1}]");
    assertThat(addresses(chain.clusters().get(0))).containsExactly("api.example.com:80");
    assertThat(chain.assignments()).isEmpty();
  }

  /** MeshConfig.enable_auto_mtls. */
  @Test
  void mutualTlsIsNotAutomaticWhereItIsTurnedOff() {
    String spec = "resolution: STATIC\n  endpoints: [{address: 192.0.2.1}]";
    assertThat(chain("", spec).clusters().get(0).getTransportSocketMatchesCount()).isEqualTo(2);
    assertThat(chain(MESH_CONFIG, spec).clusters().get(0).getTransportSocketMatchesCount())
        .isZero();
  }
}
