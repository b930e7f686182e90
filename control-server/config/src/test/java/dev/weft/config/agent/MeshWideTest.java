package dev.weft.config.agent;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.weft.config.Fixtures;
import dev.weft.config.model.ClientWorkload;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.endpoint.v3.LocalityLbEndpoints;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** MeshConfig's settings for what doesn't say otherwise itself. */
class MeshWideTest {

  private static final ClientWorkload WEB = client("shop");

  private static ClientWorkload client(String namespace) {
    return new ClientWorkload("", namespace, "", "", Map.of("topology.kubernetes.io/region", "eu"));
  }

  private static AgentGenerator generator(String mesh, String policy) {
    return new AgentGenerator(
        Fixtures.model(
            """
            apiVersion: mesh.istio.io/v1alpha1
            kind: MeshConfig
            metadata: {name: mesh}
            spec: {%s}
            ---
            apiVersion: networking.istio.io/v1
            kind: ServiceEntry
            metadata: {name: a, namespace: bank}
            spec:
              hosts: [a.example.com]
              ports: [{number: 80, name: http, protocol: HTTP}]
              resolution: STATIC
              endpoints:
              - {address: 192.0.2.1, locality: eu}
              - {address: 192.0.2.2, locality: us}
              - {address: 192.0.2.3, locality: ap}
            ---
            apiVersion: networking.istio.io/v1
            kind: DestinationRule
            metadata: {name: a, namespace: bank}
            spec: {host: a.example.com, trafficPolicy: {outlierDetection: {}%s}}
            ---
            apiVersion: networking.istio.io/v1
            kind: VirtualService
            metadata: {name: a, namespace: bank}
            spec: {hosts: [a.example.com], http: [{name: ruled, route: [{destination: {host: a.example.com}}]}]}
            """
                .formatted(mesh, policy)));
  }

  private static Optional<Chain> chain(AgentGenerator generator, ClientWorkload client) {
    return generator.listenerChain(client, "a.example.com:80");
  }

  /** GetLocalityLbSetting: a rule's own setting replaces the mesh's. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'' | '' | 0 eu, 1 ap, 1 us | false",
        "'localityLbSetting: {enabled: false}' | '' | 0 ap, 0 eu, 0 us | false",
        "'localityLbSetting: {failover: [{from: eu, to: us}]}' | '' | 0 eu, 1 us, 2 ap | true",
        "'localityLbSetting: {distribute: [{from: eu, to: {us: 100}}]}' | '' | 0 us | true",
        "'localityLbSetting: {distribute: [{from: eu, to: {us: 100}}]}'"
            + " | ', loadBalancer: {localityLbSetting: {failover: [{from: eu, to: ap}]}}'"
            + " | 0 eu, 1 ap, 2 us | true",
        "'localityLbSetting: {enabled: false}'"
            + " | ', loadBalancer: {localityLbSetting: {enabled: true}}' | 0 eu, 1 ap, 1 us | false",
      })
  void localityLbSetting(String mesh, String policy, String groups, boolean weighted) {
    Chain chain = chain(generator(mesh, policy), WEB).orElseThrow();
    assertThat(
            chain.assignments().get(0).getEndpointsList().stream()
                .map((LocalityLbEndpoints g) -> g.getPriority() + " " + g.getLocality().getRegion())
                .collect(Collectors.joining(", ")))
        .isEqualTo(groups);
    assertThat(chain.clusters().get(0).getCommonLbConfig().hasLocalityWeightedLbConfig())
        .isEqualTo(weighted);
  }

  /** applyTCPKeepalive: the mesh's first, then what the rule says on top of it. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'' | '' | ''",
        "'tcpKeepalive: {time: 60s, probes: 3}' | '' | 60 3 0",
        "'tcpKeepalive: {time: 60s, probes: 3}' | '{time: 5s, interval: 1s}' | 5 3 1",
        "'' | '{time: 5s, interval: 1s}' | 5 0 1",
      })
  void tcpKeepalive(String mesh, String rule, String probes) {
    String policy = rule.isEmpty() ? "" : ", connectionPool: {tcp: {tcpKeepalive: " + rule + "}}";
    Cluster cluster = chain(generator(mesh, policy), WEB).orElseThrow().clusters().get(0);
    var found = cluster.getUpstreamConnectionOptions().getTcpKeepalive();
    assertThat(
            cluster.hasUpstreamConnectionOptions()
                ? found.getKeepaliveTime().getValue()
                    + " "
                    + found.getKeepaliveProbes().getValue()
                    + " "
                    + found.getKeepaliveInterval().getValue()
                : "")
        .isEqualTo(probes);
  }

  /** shouldH2Upgrade: a rule's own policy replaces the mesh's. */
  @ParameterizedTest
  @CsvSource({
    "'', '', false",
    "UPGRADE, '', true",
    "DO_NOT_UPGRADE, '', false",
    "UPGRADE, DO_NOT_UPGRADE, false",
    "UPGRADE, DEFAULT, true",
    "DO_NOT_UPGRADE, UPGRADE, true",
  })
  void h2UpgradePolicy(String mesh, String rule, boolean offered)
      throws InvalidProtocolBufferException {
    String policy =
        rule.isEmpty() ? "" : ", connectionPool: {http: {h2UpgradePolicy: " + rule + "}}";
    UpstreamTlsContext tls =
        chain(generator(mesh.isEmpty() ? "" : "h2UpgradePolicy: " + mesh, policy), WEB)
            .orElseThrow()
            .clusters()
            .get(0)
            .getTransportSocketMatches(0)
            .getTransportSocket()
            .getTypedConfig()
            .unpack(UpstreamTlsContext.class);
    assertThat(tls.getCommonTlsContext().getAlpnProtocolsList().contains("istio-h2"))
        .isEqualTo(offered);
  }

  @ParameterizedTest
  @CsvSource({
    "'', shop, true",
    "'.', shop, false",
    "'.', bank, true",
    "'~', bank, false",
    "shop, shop, true",
  })
  void defaultServiceExportTo(String exportTo, String namespace, boolean seen) {
    String mesh = exportTo.isEmpty() ? "" : "defaultServiceExportTo: ['" + exportTo + "']";
    assertThat(chain(generator(mesh, ""), client(namespace)).isPresent()).isEqualTo(seen);
  }

  @ParameterizedTest
  @CsvSource({"'*', ruled", "'.', default"})
  void defaultVirtualServiceExportTo(String exportTo, String route) {
    String mesh = "defaultVirtualServiceExportTo: ['" + exportTo + "']";
    assertThat(
            chain(generator(mesh, ""), WEB)
                .orElseThrow()
                .routes()
                .getVirtualHosts(0)
                .getRoutes(0)
                .getName())
        .isEqualTo(route);
  }

  @ParameterizedTest
  @CsvSource({"'*', true", "'.', false"})
  void defaultDestinationRuleExportTo(String exportTo, boolean detects) {
    String mesh = "defaultDestinationRuleExportTo: ['" + exportTo + "']";
    // A rule of the service's own namespace is for those whom it is exported to.
    assertThat(
            chain(generator(mesh, ""), WEB).orElseThrow().clusters().get(0).hasOutlierDetection())
        .isEqualTo(detects);
  }
}
