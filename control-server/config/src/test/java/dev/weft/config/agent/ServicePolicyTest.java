package dev.weft.config.agent;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Duration;
import com.google.protobuf.Struct;
import com.google.protobuf.UInt32Value;
import com.google.protobuf.Value;
import dev.weft.config.Fixtures;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.core.v3.HealthCheck;
import io.envoyproxy.envoy.config.core.v3.RequestMethod;
import io.envoyproxy.envoy.config.endpoint.v3.LbEndpoint;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.type.v3.Int64Range;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How a ServicePolicy reaches the agent: as the Envoy fields that docs/service-policy.md names. */
class ServicePolicyTest {

  private static final String A = "a.shop.svc.cluster.local";
  private static final String NAME = "outbound|80||" + A;

  private static final String SERVICES =
      """
      ---
      apiVersion: networking.istio.io/v1
      kind: ServiceEntry
      metadata: {name: a, namespace: shop}
      spec:
        hosts: [a.shop.svc.cluster.local]
        resolution: STATIC
        ports: [{number: 80, name: http, protocol: HTTP}]
        endpoints: [{address: 10.0.0.1}]
      ---
      apiVersion: networking.istio.io/v1
      kind: ServiceEntry
      metadata: {name: b, namespace: shop}
      spec:
        hosts: [b.shop.svc.cluster.local]
        resolution: STATIC
        ports: [{number: 8080, name: http, protocol: HTTP}]
        endpoints: [{address: 10.0.0.2}]
      """;

  private static String policy(String name, String spec) {
    return """
        ---
        apiVersion: weft.dev/v1alpha1
        kind: ServicePolicy
        metadata: {name: %s, namespace: shop}
        spec: {%s}
        """
        .formatted(name, spec);
  }

  private static AgentGenerator generator(String more) {
    return new AgentGenerator(Fixtures.model(SERVICES + more));
  }

  private static Cluster cluster(String more) {
    return generator(more).cluster(Fixtures.client("c"), NAME).orElseThrow();
  }

  private static RouteAction route(String more) {
    return generator(more)
        .routes(Fixtures.client("c"), NAME)
        .orElseThrow()
        .getVirtualHosts(0)
        .getRoutes(0)
        .getRoute();
  }

  private static String routing(String rule) {
    return """
        ---
        apiVersion: networking.istio.io/v1
        kind: VirtualService
        metadata: {name: a, namespace: shop}
        spec: {hosts: [a], http: [{%s}]}
        """
        .formatted(rule);
  }

  @ParameterizedTest(name = "{0}, minHealthPercent {1}: {2}")
  @CsvSource({
    // Istio sends its minHealthPercent, 0 by default, where Envoy's own default were 50.
    "'', , 0",
    "'', 30, 30",
    "panicThreshold: 50, , 50",
    "panicThreshold: 50, 30, 50",
    "panicThreshold: 0, 30, 0",
  })
  void thePanicThresholdHoldsOverTheDestinationRules(
      String policy, Integer minHealthPercent, double expected) {
    String rule =
        minHealthPercent == null
            ? ""
            : """
              ---
              apiVersion: networking.istio.io/v1
              kind: DestinationRule
              metadata: {name: a, namespace: shop}
              spec: {host: a, trafficPolicy: {outlierDetection: {minHealthPercent: %d}}}
              """
                .formatted(minHealthPercent);

    Cluster cluster = cluster(rule + (policy.isEmpty() ? "" : policy("a", "host: a, " + policy)));

    assertThat(cluster.getCommonLbConfig().getHealthyPanicThreshold().getValue())
        .isEqualTo(expected);
  }

  @Test
  void aHealthCheckByHttpIsTheClusters() {
    HealthCheck check =
        cluster(
                policy(
                    "a",
                    "host: a, healthCheck: {http: {path: /up, method: HEAD, headers: {x-a: b},"
                        + " expectedStatuses: [\"200-299\"]}, interval: 5s, timeout: 2s,"
                        + " unhealthyThreshold: 4, healthyThreshold: 1}"))
            .getHealthChecks(0);

    assertThat(check.getInterval()).isEqualTo(seconds(5));
    assertThat(check.getTimeout()).isEqualTo(seconds(2));
    assertThat(check.getUnhealthyThreshold()).isEqualTo(UInt32Value.of(4));
    assertThat(check.getHealthyThreshold()).isEqualTo(UInt32Value.of(1));
    assertThat(check.getHttpHealthCheck().getPath()).isEqualTo("/up");
    assertThat(check.getHttpHealthCheck().getHost()).isEqualTo(A);
    assertThat(check.getHttpHealthCheck().getMethod()).isEqualTo(RequestMethod.HEAD);
    assertThat(check.getHttpHealthCheck().getRequestHeadersToAdd(0).getHeader().getKey())
        .isEqualTo("x-a");
    assertThat(check.getHttpHealthCheck().getExpectedStatusesList())
        .containsExactly(Int64Range.newBuilder().setStart(200).setEnd(300).build());
  }

  @Test
  void aHealthCheckByGrpcNamesTheService() {
    HealthCheck.GrpcHealthCheck grpc =
        cluster(policy("a", "host: a, healthCheck: {grpc: {service: orders}}"))
            .getHealthChecks(0)
            .getGrpcHealthCheck();

    assertThat(grpc.getServiceName()).isEqualTo("orders");
    assertThat(grpc.getAuthority()).isEqualTo(A);
  }

  @Test
  void aHealthChecksPortIsTheEndpoints() {
    LbEndpoint endpoint =
        generator(policy("a", "host: a, healthCheck: {tcp: {}, port: 8081}"))
            .assignment(Fixtures.client("c"), NAME)
            .orElseThrow()
            .getEndpoints(0)
            .getLbEndpoints(0);

    assertThat(endpoint.getEndpoint().getHealthCheckConfig().getPortValue()).isEqualTo(8081);
    assertThat(endpoint.getEndpoint().getAddress().getSocketAddress().getPortValue()).isEqualTo(80);
  }

  @Test
  void aHedgedRouteHasTheDelayAsItsPerTryTimeout() {
    RouteAction route = route(policy("a", "host: a, hedging: {delay: 2s}"));

    assertThat(route.getHedgePolicy().getHedgeOnPerTryTimeout()).isTrue();
    assertThat(route.getRetryPolicy().getPerTryTimeout()).isEqualTo(seconds(2));
  }

  @Test
  void aRoutesOwnPerTryTimeoutIsItsHedgingDelay() {
    RouteAction route =
        route(
            policy("a", "host: a, hedging: {delay: 2s}")
                + routing(
                    "retries: {attempts: 1, perTryTimeout: 3s}, route: [{destination: {host:"
                        + " a}}]"));

    assertThat(route.getHedgePolicy().getHedgeOnPerTryTimeout()).isTrue();
    assertThat(route.getRetryPolicy().getPerTryTimeout()).isEqualTo(seconds(3));
  }

  @Test
  void aRouteThatNeverRetriesIsNotHedged() {
    RouteAction route =
        route(
            policy("a", "host: a, hedging: {delay: 2s}")
                + routing("retries: {attempts: 0}, route: [{destination: {host: a}}]"));

    assertThat(route.hasHedgePolicy()).isFalse();
  }

  @Test
  void aSplitIsHedgedIfAllItsDestinationsAre() {
    String split =
        routing(
            "route: [{destination: {host: a}, weight: 1}, {destination: {host: b}, weight: 1}]");
    String ofA = policy("a", "host: a, hedging: {delay: 2s}");

    assertThat(route(split + ofA).hasHedgePolicy()).isFalse();
    assertThat(
            route(split + ofA + policy("b", "host: b, hedging: {delay: 4s}"))
                .getRetryPolicy()
                .getPerTryTimeout())
        .isEqualTo(seconds(4));
  }

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource({
    "{host: b}, outbound|8080||b.shop.svc.cluster.local",
    "'{host: b, subset: v1, port: 81}', outbound|81|v1|b.shop.svc.cluster.local",
    "'{host: elsewhere.example}', outbound|80||elsewhere.example",
    "'{host: a, port: 80}', ",
  })
  void aFallbackIsTheRoutesMetadata(String fallback, String expected) {
    Route route = configuration("host: a, fallback: " + fallback).getVirtualHosts(0).getRoutes(0);

    assertThat(
            route
                .getMetadata()
                .getFilterMetadataOrDefault("dev.weft", Struct.getDefaultInstance())
                .getFieldsOrDefault("fallback", Value.getDefaultInstance())
                .getStructValue())
        .isEqualTo(
            expected == null ? Struct.getDefaultInstance() : Protos.struct(Map.of(NAME, expected)));
  }

  /** One subscription brings all that a call may need. */
  @Test
  void aFallbackBelongsToTheChain() {
    Chain chain =
        generator(policy("a", "host: a, fallback: {host: b}"))
            .listenerChain(Fixtures.client("c"), A + ":80")
            .orElseThrow();

    assertThat(chain.clusters())
        .extracting(Cluster::getName)
        .containsExactlyInAnyOrder(NAME, "outbound|8080||b.shop.svc.cluster.local");
    assertThat(chain.assignments()).hasSize(2);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "{}, 3600, 100, 65536",
    "'{maxAge: 90s, maxEntries: 7, maxBodyBytes: 1000}', 90, 7, 1000",
  })
  void theLastGoodAnswerIsTheClustersMetadata(
      String policy, double age, double entries, double bytes) {
    Struct ours =
        cluster(policy("a", "host: a, lastGoodAnswer: " + policy))
            .getMetadata()
            .getFilterMetadataOrThrow("dev.weft")
            .getFieldsOrThrow("last_good_answer")
            .getStructValue();

    assertThat(ours.getFieldsOrThrow("max_age_seconds").getNumberValue()).isEqualTo(age);
    assertThat(ours.getFieldsOrThrow("max_entries").getNumberValue()).isEqualTo(entries);
    assertThat(ours.getFieldsOrThrow("max_body_bytes").getNumberValue()).isEqualTo(bytes);
  }

  private static RouteConfiguration configuration(String policy) {
    return generator(policy("a", policy)).routes(Fixtures.client("c"), NAME).orElseThrow();
  }

  private static Duration seconds(long seconds) {
    return Duration.newBuilder().setSeconds(seconds).build();
  }
}
