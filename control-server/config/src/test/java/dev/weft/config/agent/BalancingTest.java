package dev.weft.config.agent;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Value;
import dev.weft.config.Fixtures;
import dev.weft.config.model.ClientWorkload;
import dev.weft.config.model.MeshModel;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.cluster.v3.UpstreamConnectionOptions;
import io.envoyproxy.envoy.config.endpoint.v3.LocalityLbEndpoints;
import io.envoyproxy.envoy.config.route.v3.RouteAction.HashPolicy;
import io.envoyproxy.envoy.extensions.load_balancing_policies.client_side_weighted_round_robin.v3.ClientSideWeightedRoundRobin;
import io.envoyproxy.envoy.extensions.load_balancing_policies.wrr_locality.v3.WrrLocality;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** How a DestinationRule's trafficPolicy reaches the agent; after Istio's generators. */
class BalancingTest {

  private static final String A = "a.shop.svc.cluster.local";
  private static final String NAME = "outbound|80||" + A;

  private static final String SERVICE =
      """
      ---
      apiVersion: networking.istio.io/v1
      kind: ServiceEntry
      metadata: {name: a, namespace: shop}
      spec:
        hosts: [a.shop.svc.cluster.local]
        resolution: STATIC
        ports: [{number: 80, name: http, protocol: HTTP}]
        endpoints:
        - {address: 10.0.0.1, locality: eu/a/1, labels: {version: v1}}
        - {address: 10.0.0.2, locality: eu/a/2, weight: 2, labels: {version: v1}}
        - {address: 10.0.0.3, locality: eu/b, labels: {version: v2}}
        - {address: 10.0.0.4, locality: us/c, labels: {version: v1}}
        - {address: 10.0.0.5, locality: ap/d, labels: {version: v2}}
      """;

  private static AgentGenerator generator(String policy) {
    MeshModel model =
        Fixtures.model(
            SERVICE
                + """
                ---
                apiVersion: networking.istio.io/v1
                kind: DestinationRule
                metadata: {name: a, namespace: shop}
                spec: {host: a, trafficPolicy: {%s}}
                """
                    .formatted(policy));
    return new AgentGenerator(model);
  }

  private static ClientWorkload at(String region, String zone, String subzone) {
    return new ClientWorkload(
        "b",
        "shop",
        "b",
        "127.0.0.9",
        Map.of(
            "topology.kubernetes.io/region",
            region,
            "topology.kubernetes.io/zone",
            zone,
            "topology.istio.io/subzone",
            subzone,
            "version",
            "v1"));
  }

  private static Cluster cluster(String policy) {
    return generator(policy).cluster(Fixtures.client("b"), NAME).orElseThrow();
  }

  /** E.g. {@code 0 eu/a 3: 1,2}: priority, locality, weight, last parts of the addresses. */
  private static List<String> groups(String policy, ClientWorkload client) {
    return generator(policy).assignment(client, NAME).orElseThrow().getEndpointsList().stream()
        .map(BalancingTest::text)
        .toList();
  }

  private static String text(LocalityLbEndpoints group) {
    var locality = group.getLocality();
    String where =
        (locality.getRegion() + "/" + locality.getZone() + "/" + locality.getSubZone())
            .replaceFirst("/+$", "");
    List<String> members =
        group.getLbEndpointsList().stream()
            .map(e -> e.getEndpoint().getAddress().getSocketAddress().getAddress())
            .map(address -> address.substring("10.0.0.".length()))
            .toList();
    return group.getPriority()
        + " "
        + where
        + " "
        + group.getLoadBalancingWeight().getValue()
        + ": "
        + String.join(",", members);
  }

  static Stream<Arguments> localities() {
    String outliers = "outlierDetection: {}";
    return Stream.of(
        // Failover needs outlier detection (applyLocalityLoadBalancer's enableFailover).
        Arguments.of(
            "",
            at("eu", "a", "1"),
            List.of("0 ap/d 1: 5", "0 eu/a/1 1: 1", "0 eu/a/2 2: 2", "0 eu/b 1: 3", "0 us/c 1: 4")),
        // The mesh's default: by region, zone, subzone (util.LbPriority).
        Arguments.of(
            outliers,
            at("eu", "a", "1"),
            List.of("0 eu/a/1 1: 1", "1 eu/a/2 2: 2", "2 eu/b 1: 3", "3 ap/d 1: 5", "3 us/c 1: 4")),
        // Priorities have no gaps.
        Arguments.of(
            outliers,
            at("us", "x", ""),
            List.of("0 us/c 1: 4", "1 ap/d 1: 5", "1 eu/a/1 1: 1", "1 eu/a/2 2: 2", "1 eu/b 1: 3")),
        Arguments.of(
            outliers + ", loadBalancer: {localityLbSetting: {enabled: false}}",
            at("eu", "a", "1"),
            List.of("0 ap/d 1: 5", "0 eu/a/1 1: 1", "0 eu/a/2 2: 2", "0 eu/b 1: 3", "0 us/c 1: 4")),
        // failover: the region named comes before the others.
        Arguments.of(
            outliers + ", loadBalancer: {localityLbSetting: {failover: [{from: eu, to: us}]}}",
            at("eu", "a", "1"),
            List.of("0 eu/a/1 1: 1", "1 eu/a/2 2: 2", "2 eu/b 1: 3", "3 us/c 1: 4", "4 ap/d 1: 5")),
        // failoverPriority: as many labels in a row as match (applyFailoverPriorityPerLocality).
        Arguments.of(
            outliers
                + ", loadBalancer: {localityLbSetting: {failoverPriority:"
                + " [topology.kubernetes.io/region, version]}}",
            at("eu", "a", "1"),
            List.of("0 eu/a/1 1: 1", "0 eu/a/2 2: 2", "1 eu/b 1: 3", "2 ap/d 1: 5", "2 us/c 1: 4")),
        Arguments.of(
            outliers + ", loadBalancer: {localityLbSetting: {failoverPriority: ['version=v2']}}",
            at("eu", "a", "1"),
            List.of("0 ap/d 1: 5", "0 eu/b 1: 3", "1 eu/a/1 1: 1", "1 eu/a/2 2: 2", "1 us/c 1: 4")),
        // Both: failoverPriority first, distance within it.
        Arguments.of(
            outliers
                + ", loadBalancer: {localityLbSetting: {failoverPriority: [version], failover:"
                + " [{from: eu, to: ap}]}}",
            at("eu", "a", "1"),
            List.of("0 eu/a/1 1: 1", "1 eu/a/2 2: 2", "2 us/c 1: 4", "3 eu/b 1: 3", "4 ap/d 1: 5")),
        // distribute: shares by locality, within one by its endpoints (applyLocalityWeights).
        Arguments.of(
            "loadBalancer: {localityLbSetting: {distribute: [{from: 'us/*', to: {eu: 100}},"
                + " {from: eu/a/*, to: {eu/a/*: 80, us: 20}}]}}",
            at("eu", "a", "1"),
            List.of("0 eu/a/1 27: 1", "0 eu/a/2 54: 2", "0 us/c 20: 4")),
        Arguments.of(
            "loadBalancer: {localityLbSetting: {distribute: [{from: us, to: {eu: 100}}]}}",
            at("ap", "d", ""),
            List.of("0 ap/d 1: 5", "0 eu/a/1 1: 1", "0 eu/a/2 2: 2", "0 eu/b 1: 3", "0 us/c 1: 4")),
        // zoneAwareLbSetting: the own region first, always (ApplyZoneAwareLoadBalancer).
        Arguments.of(
            "loadBalancer: {zoneAwareLbSetting: {}}",
            at("eu", "a", "1"),
            List.of("0 eu/a/1 1: 1", "0 eu/a/2 2: 2", "0 eu/b 1: 3", "1 ap/d 1: 5", "1 us/c 1: 4")),
        Arguments.of(
            "loadBalancer: {zoneAwareLbSetting: {failover: [{from: eu, to: us}]}}",
            at("eu", "a", "1"),
            List.of("0 eu/a/1 1: 1", "0 eu/a/2 2: 2", "0 eu/b 1: 3", "1 us/c 1: 4", "2 ap/d 1: 5")),
        Arguments.of(
            "loadBalancer: {zoneAwareLbSetting: {failover: [{from: us, to: ap}]}}",
            at("eu", "a", "1"),
            List.of("0 eu/a/1 1: 1", "0 eu/a/2 2: 2", "0 eu/b 1: 3", "1 ap/d 1: 5", "1 us/c 1: 4")),
        // Regions within each tier of labels.
        Arguments.of(
            "loadBalancer: {zoneAwareLbSetting: {failoverPriority: [version]}}",
            at("eu", "a", "1"),
            List.of("0 eu/a/1 1: 1", "0 eu/a/2 2: 2", "1 us/c 1: 4", "2 eu/b 1: 3", "3 ap/d 1: 5")),
        // GetEffectiveLbSetting: disabled, it still takes the place of localityLbSetting.
        Arguments.of(
            outliers + ", loadBalancer: {zoneAwareLbSetting: {enabled: false}}",
            at("eu", "a", "1"),
            List.of(
                "0 ap/d 1: 5", "0 eu/a/1 1: 1", "0 eu/a/2 2: 2", "0 eu/b 1: 3", "0 us/c 1: 4")));
  }

  @Test
  void zoneAwareLbSetting() {
    var common =
        cluster("loadBalancer: {zoneAwareLbSetting: {minClusterSize: 3}}").getCommonLbConfig();
    assertThat(common.getZoneAwareLbConfig().getMinClusterSize().getValue()).isEqualTo(3);
    common = cluster("loadBalancer: {zoneAwareLbSetting: {enabled: true}}").getCommonLbConfig();
    assertThat(common.hasZoneAwareLbConfig()).isTrue();
    assertThat(common.getZoneAwareLbConfig().hasMinClusterSize()).isFalse();
    common = cluster("loadBalancer: {zoneAwareLbSetting: {enabled: false}}").getCommonLbConfig();
    assertThat(common.hasZoneAwareLbConfig()).isFalse();
  }

  /** Envoy's extension; what of common_lb_config is about localities can't be beside it. */
  @Test
  void backendUtilization() throws InvalidProtocolBufferException {
    Cluster cluster =
        cluster(
            "loadBalancer: {backendUtilization: {blackoutPeriod: 2s, errorUtilizationPenalty: 1.5,"
                + " metricNamesForComputingUtilization: [named_metrics.queue]}}");
    var policy =
        cluster
            .getLoadBalancingPolicy()
            .getPolicies(0)
            .getTypedExtensionConfig()
            .getTypedConfig()
            .unpack(ClientSideWeightedRoundRobin.class);
    assertThat(policy.getBlackoutPeriod().getSeconds()).isEqualTo(2);
    assertThat(policy.hasWeightExpirationPeriod()).isFalse();
    assertThat(policy.hasWeightUpdatePeriod()).isFalse();
    assertThat(policy.getErrorUtilizationPenalty().getValue()).isEqualTo(1.5f);
    assertThat(policy.getMetricNamesForComputingUtilizationList())
        .containsExactly("named_metrics.queue");

    cluster =
        cluster(
            "loadBalancer: {backendUtilization: {}, localityLbSetting: {distribute: [{from: eu,"
                + " to: {eu: 100}}]}}");
    assertThat(cluster.getCommonLbConfig().hasLocalityWeightedLbConfig()).isFalse();
    var inner =
        cluster
            .getLoadBalancingPolicy()
            .getPolicies(0)
            .getTypedExtensionConfig()
            .getTypedConfig()
            .unpack(WrrLocality.class)
            .getEndpointPickingPolicy();
    assertThat(
            inner
                .getPolicies(0)
                .getTypedExtensionConfig()
                .getTypedConfig()
                .unpack(ClientSideWeightedRoundRobin.class)
                .getErrorUtilizationPenalty()
                .getValue())
        .isEqualTo(1);
  }

  /** applyTCPKeepalive */
  @Test
  void tcpKeepalive() {
    var options =
        cluster("connectionPool: {tcp: {tcpKeepalive: {time: 7200s, interval: 75s}}}")
            .getUpstreamConnectionOptions();
    assertThat(options.getTcpKeepalive().getKeepaliveTime().getValue()).isEqualTo(7200);
    assertThat(options.getTcpKeepalive().getKeepaliveInterval().getValue()).isEqualTo(75);
    assertThat(options.getTcpKeepalive().hasKeepaliveProbes()).isFalse();
    assertThat(cluster("connectionPool: {tcp: {tcpKeepalive: {}}}").getUpstreamConnectionOptions())
        .matches(UpstreamConnectionOptions::hasTcpKeepalive);
    assertThat(cluster("").hasUpstreamConnectionOptions()).isFalse();
  }

  /** Istio's self-discovery: the client's replicas in its region, of its own rollout. */
  @Test
  void aClientKnowsItsReplicas() {
    AgentGenerator generator = generator("");
    ClientWorkload client =
        new ClientWorkload("a", "shop", "a", "10.0.0.1", Map.of("istio-locality", "eu.a.1"));
    assertThat(
            generator.assignment(client, "local_cluster").orElseThrow().getEndpointsList().stream()
                .map(BalancingTest::text))
        .containsExactly("0 eu/a/1 0: 1", "0 eu/a/2 0: 2", "0 eu/b 0: 3");
    ClientWorkload other =
        new ClientWorkload(
            "a",
            "shop",
            "a",
            "10.0.0.1",
            Map.of("istio-locality", "eu.a.1", "pod-template-hash", "7d9c"));
    assertThat(generator.assignment(other, "local_cluster").orElseThrow().getEndpointsList())
        .isEmpty();
    assertThat(
            generator
                .assignment(Fixtures.client("b"), "local_cluster")
                .orElseThrow()
                .getEndpointsList())
        .as("who serves nothing has none")
        .isEmpty();
  }

  @ParameterizedTest
  @MethodSource("localities")
  void endpointsAreForAClientsLocality(
      String policy, ClientWorkload client, List<String> expected) {
    assertThat(groups(policy, client)).containsExactlyElementsOf(expected);
  }

  /** Istio's label wins over Kubernetes'. */
  @Test
  void aLocalityMayBeOneLabel() {
    ClientWorkload client =
        new ClientWorkload(
            "b",
            "shop",
            "b",
            "127.0.0.9",
            Map.of("istio-locality", "us.c", "topology.kubernetes.io/region", "eu"));
    assertThat(groups("outlierDetection: {}", client)).first().isEqualTo("0 us/c 1: 4");
  }

  // applyLocalityLoadBalancer, locality_weighted_lb_config
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "'';false",
        "outlierDetection: {};false",
        "'loadBalancer: {localityLbSetting: {distribute: [{from: eu, to: {eu: 100}}]}}';true",
        "'loadBalancer: {localityLbSetting: {failover: [{from: eu, to: us}]}}';false",
        "'outlierDetection: {}, loadBalancer: {localityLbSetting: {failover: [{from: eu, to: us}]}}';true",
        "'outlierDetection: {}, loadBalancer: {localityLbSetting: {enabled: false, failoverPriority: [x]}}';false"
      })
  void localitiesAreWeightedWhereIstioDoesSo(String policy, boolean weighted) {
    assertThat(cluster(policy).getCommonLbConfig().hasLocalityWeightedLbConfig())
        .isEqualTo(weighted);
  }

  @Test
  void minHealthPercentIsThePanicThreshold() {
    assertThat(
            cluster("outlierDetection: {minHealthPercent: 40}")
                .getCommonLbConfig()
                .getHealthyPanicThreshold()
                .getValue())
        .isEqualTo(40);
    assertThat(cluster("").getCommonLbConfig().getHealthyPanicThreshold().getValue()).isZero();
    assertThat(cluster("").getCommonLbConfig().hasHealthyPanicThreshold()).isTrue();
  }

  // applyOutlierDetection
  @Test
  void outlierDetection() {
    var detection =
        cluster(
                "outlierDetection: {consecutive5xxErrors: 0, consecutiveGatewayErrors: 3,"
                    + " splitExternalLocalOriginErrors: true, consecutiveLocalOriginFailures: 4}")
            .getOutlierDetection();
    assertThat(detection.getEnforcingConsecutive5Xx().getValue()).isZero();
    assertThat(detection.getConsecutiveGatewayFailure().getValue()).isEqualTo(3);
    assertThat(detection.getEnforcingConsecutiveGatewayFailure().getValue()).isEqualTo(100);
    assertThat(detection.getSplitExternalLocalOriginErrors()).isTrue();
    assertThat(detection.getConsecutiveLocalOriginFailure().getValue()).isEqualTo(4);
    assertThat(detection.getEnforcingConsecutiveLocalOriginFailure().getValue()).isEqualTo(100);
    assertThat(detection.getEnforcingSuccessRate().getValue()).isZero();
    assertThat(detection.hasEnforcingSuccessRate()).isTrue();
    assertThat(detection.hasEnforcingLocalOriginSuccessRate()).isTrue();
    assertThat(detection.getAlwaysEjectOneHost().getValue()).isTrue();
  }

  // applyRetryBudget; the default of its documentation is 20 %.
  @Test
  void retryBudget() {
    var budget =
        cluster("retryBudget: {percent: 12.5, minRetryConcurrency: 4}")
            .getCircuitBreakers()
            .getThresholds(0)
            .getRetryBudget();
    assertThat(budget.getBudgetPercent().getValue()).isEqualTo(12.5);
    assertThat(budget.getMinRetryConcurrency().getValue()).isEqualTo(4);
    var byDefault = cluster("retryBudget: {}").getCircuitBreakers().getThresholds(0);
    assertThat(byDefault.getRetryBudget().getBudgetPercent().getValue()).isEqualTo(20);
    assertThat(byDefault.getRetryBudget().getMinRetryConcurrency().getValue()).isEqualTo(3);
    assertThat(cluster("").getCircuitBreakers().getThresholds(0).hasRetryBudget()).isFalse();
  }

  // OutlierDetection.outlier_detection_http_error_codes and RetryBudget.budget_interval: Envoy's
  // fields for them are newer than the published API.
  @Test
  void whatEnvoysApiLacksIsInTheMetadata() {
    assertThat(cluster("").getMetadata().getFilterMetadataMap()).doesNotContainKey("dev.weft");
    var own =
        cluster(
                "outlierDetection: {outlierDetectionHttpErrorCodes: [429, 404]},"
                    + " retryBudget: {budgetInterval: 1.5s}")
            .getMetadata()
            .getFilterMetadataOrThrow("dev.weft");
    assertThat(own.getFieldsOrThrow("outlier_error_codes").getListValue().getValuesList())
        .extracting(Value::getNumberValue)
        .containsExactly(429.0, 404.0);
    assertThat(own.getFieldsOrThrow("retry_budget_interval_ms").getNumberValue()).isEqualTo(1500);
  }

  /** V1 unless it says otherwise; beside the transport sockets. */
  @Test
  void proxyProtocol() {
    assertThat(proxyProtocol("proxyProtocol: {}")).isEqualTo(1);
    assertThat(proxyProtocol("proxyProtocol: {version: V2}")).isEqualTo(2);
    assertThat(
            proxyProtocol(
                "proxyProtocol: {version: V2}, portLevelSettings: [{port: {number: 80}}]"))
        .as("what no port has")
        .isEqualTo(2);
  }

  private static double proxyProtocol(String policy) {
    return cluster(policy)
        .getMetadata()
        .getFilterMetadataOrThrow("dev.weft")
        .getFieldsOrThrow("proxy_protocol")
        .getNumberValue();
  }

  // applyConnectionPool
  @Test
  void howLongAConnectionMayBeUsed() throws Exception {
    var common =
        cluster(
                "connectionPool: {tcp: {maxConnectionDuration: 60s},"
                    + " http: {maxRequestsPerConnection: 7, idleTimeout: 5s}}")
            .getTypedExtensionProtocolOptionsOrThrow(
                "envoy.extensions.upstreams.http.v3.HttpProtocolOptions")
            .unpack(io.envoyproxy.envoy.extensions.upstreams.http.v3.HttpProtocolOptions.class)
            .getCommonHttpProtocolOptions();
    assertThat(common.getMaxConnectionDuration().getSeconds()).isEqualTo(60);
    assertThat(common.getMaxRequestsPerConnection().getValue()).isEqualTo(7);
    assertThat(common.getIdleTimeout().getSeconds()).isEqualTo(5);
  }

  // applyRoundRobinLoadBalancer, applyLeastRequestLoadBalancer, setWarmup
  @Test
  void warmup() {
    var slow =
        cluster(
                "loadBalancer: {simple: ROUND_ROBIN, warmup: {duration: 60s, minimumPercent: 5,"
                    + " aggression: 2}}")
            .getRoundRobinLbConfig()
            .getSlowStartConfig();
    assertThat(slow.getSlowStartWindow().getSeconds()).isEqualTo(60);
    assertThat(slow.getAggression().getDefaultValue()).isEqualTo(2);
    assertThat(slow.getMinWeightPercent().getValue()).isEqualTo(5);
    var byDefault =
        cluster("loadBalancer: {warmupDurationSecs: 30s}")
            .getLeastRequestLbConfig()
            .getSlowStartConfig();
    assertThat(byDefault.getSlowStartWindow().getSeconds()).isEqualTo(30);
    assertThat(byDefault.getAggression().getDefaultValue()).isEqualTo(1);
    assertThat(byDefault.getMinWeightPercent().getValue()).isEqualTo(10);
  }

  // ApplyRingHashLoadBalancer
  @Test
  void consistentHash() {
    Cluster ring =
        cluster("loadBalancer: {consistentHash: {useSourceIp: true, minimumRingSize: 10}}");
    assertThat(ring.getLbPolicy()).isEqualTo(Cluster.LbPolicy.RING_HASH);
    assertThat(ring.getRingHashLbConfig().getMinimumRingSize().getValue()).isEqualTo(10);
    assertThat(
            cluster("loadBalancer: {consistentHash: {useSourceIp: true}}")
                .getRingHashLbConfig()
                .getMinimumRingSize()
                .getValue())
        .isEqualTo(1024);
    Cluster maglev =
        cluster("loadBalancer: {consistentHash: {useSourceIp: true, maglev: {tableSize: 251}}}");
    assertThat(maglev.getLbPolicy()).isEqualTo(Cluster.LbPolicy.MAGLEV);
    assertThat(maglev.getMaglevLbConfig().getTableSize().getValue()).isEqualTo(251);
  }

  private static List<HashPolicy> hashes(String key) {
    return generator("loadBalancer: {consistentHash: {" + key + "}}")
        .listenerChain(Fixtures.client("b"), A + ":80")
        .orElseThrow()
        .routes()
        .getVirtualHosts(0)
        .getRoutes(0)
        .getRoute()
        .getHashPolicyList();
  }

  // consistentHashToHashPolicy
  @Test
  void whatIsHashedIsOnTheRoutes() {
    assertThat(hashes("httpHeaderName: X-User").get(0).getHeader().getHeaderName())
        .isEqualTo("x-user");
    assertThat(hashes("httpQueryParameterName: user").get(0).getQueryParameter().getName())
        .isEqualTo("user");
    assertThat(hashes("useSourceIp: true").get(0).getConnectionProperties().getSourceIp()).isTrue();
    HashPolicy.Cookie cookie =
        hashes(
                "httpCookie: {name: session, path: /x, ttl: 60s, attributes: [{name: SameSite,"
                    + " value: Lax}]}")
            .get(0)
            .getCookie();
    assertThat(cookie.getName()).isEqualTo("session");
    assertThat(cookie.getPath()).isEqualTo("/x");
    assertThat(cookie.getTtl().getSeconds()).isEqualTo(60);
    assertThat(cookie.getAttributes(0).getName()).isEqualTo("SameSite");
    assertThat(hashes("httpCookie: {name: session}").get(0).getCookie().hasTtl()).isFalse();
    assertThat(hashes("ringHash: {minimumRingSize: 10}")).isEmpty();
  }
}
