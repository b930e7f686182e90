package dev.weft.config.agent;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.weft.config.Configuration;
import dev.weft.config.Fixtures;
import dev.weft.config.model.MeshModel;
import dev.weft.config.model.MeshSettings;
import dev.weft.config.model.RegisteredWorkload;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.core.v3.HealthStatus;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.rbac.v3.RBAC;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.extensions.filters.http.fault.v3.HTTPFault;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext;
import io.envoyproxy.envoy.type.v3.FractionalPercent;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the demo's applications are told: a canary, faults, retries, mutual TLS and policies. */
class DemoTest {

  private static final String CATALOG = "catalog.shop.svc.cluster.local";

  private final Configuration configuration = Fixtures.file("demo.yaml");
  private final AgentGenerator generator = generator(workloads());

  private static List<RegisteredWorkload> workloads() {
    return List.of(
        Fixtures.workload("catalog", "v1", "127.0.0.2", 9001),
        Fixtures.workload("catalog", "v1", "127.0.0.3", 9002),
        Fixtures.workload("catalog", "v2", "127.0.0.4", 9003),
        Fixtures.workload("storefront", "v1", "127.0.0.5", 9000));
  }

  private AgentGenerator generator(List<RegisteredWorkload> workloads) {
    return new AgentGenerator(
        MeshModel.of(configuration.resources(), workloads, MeshSettings.DEFAULT));
  }

  private Chain chain() {
    return generator.listenerChain(Fixtures.client("storefront"), CATALOG + ":8080").orElseThrow();
  }

  private Route route(String name) {
    return chain().routes().getVirtualHosts(0).getRoutesList().stream()
        .filter(route -> route.getName().equals(name))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void isUnderstoodWithoutAFinding() {
    assertThat(configuration.findings()).isEmpty();
  }

  @Test
  void hasTheNamesOfProxylessGrpc() throws InvalidProtocolBufferException {
    Chain chain = chain();
    assertThat(chain.listener().getName()).isEqualTo(CATALOG + ":8080");
    HttpConnectionManager manager =
        chain.listener().getApiListener().getApiListener().unpack(HttpConnectionManager.class);
    assertThat(manager.getRds().getRouteConfigName()).isEqualTo("outbound|8080||" + CATALOG);
    assertThat(manager.getRds().getConfigSource().hasAds()).isTrue();
    assertThat(manager.getHttpFiltersList())
        .extracting(HttpFilter::getName)
        .containsExactly(
            "envoy.filters.http.fault", "envoy.filters.http.cors", "envoy.filters.http.router");
    assertThat(chain.routes().getName()).isEqualTo("outbound|8080||" + CATALOG);
    assertThat(chain.routes().getVirtualHosts(0).getDomainsList())
        .containsExactly(
            CATALOG,
            CATALOG + ":8080",
            "catalog",
            "catalog:8080",
            "catalog.shop",
            "catalog.shop:8080",
            "catalog.shop.svc",
            "catalog.shop.svc:8080",
            "240.0.0.1",
            "240.0.0.1:8080");
    assertThat(chain.clusters())
        .extracting(Cluster::getName)
        .containsExactly("outbound|8080|v1|" + CATALOG, "outbound|8080|v2|" + CATALOG);
    assertThat(chain.assignments())
        .extracting(ClusterLoadAssignment::getClusterName)
        .containsExactly("outbound|8080|v1|" + CATALOG, "outbound|8080|v2|" + CATALOG);
  }

  @Test
  void routesAreTriedInTheOrderWritten() {
    assertThat(chain().routes().getVirtualHosts(0).getRoutesList())
        .extracting(Route::getName)
        .containsExactly("canary-testers", "flaky", "slow", "split");
  }

  @Test
  void aHeaderChoosesTheCanary() {
    Route route = route("canary-testers");
    assertThat(route.getMatch().getPrefix()).isEqualTo("/");
    assertThat(route.getMatch().getHeaders(0).getName()).isEqualTo("canary");
    assertThat(route.getMatch().getHeaders(0).getStringMatch().getExact()).isEqualTo("true");
    assertThat(route.getRoute().getCluster()).isEqualTo("outbound|8080|v2|" + CATALOG);
  }

  @Test
  void theRestIsSplitByWeight() {
    Route route = route("split");
    assertThat(route.getRoute().getWeightedClusters().getClustersList())
        .extracting(cluster -> cluster.getName() + " " + cluster.getWeight().getValue())
        .containsExactly(
            "outbound|8080|v1|" + CATALOG + " 90", "outbound|8080|v2|" + CATALOG + " 10");
    assertThat(route.getRequestHeadersToAdd(0).getHeader().getKey()).isEqualTo("x-mesh");
    assertThat(route.getResponseHeadersToRemoveList()).containsExactly("server");
    assertThat(
            route
                .getRoute()
                .getWeightedClusters()
                .getClusters(1)
                .getResponseHeadersToAdd(0)
                .getHeader()
                .getValue())
        .isEqualTo("v2");
  }

  @Test
  void unsetRetriesAreIstiosDefault() {
    // istio/pilot/pkg/networking/core/route/retry/retry.go, DefaultPolicy.
    var retries = route("split").getRoute().getRetryPolicy();
    assertThat(retries.getNumRetries().getValue()).isEqualTo(2);
    assertThat(retries.getRetryOn())
        .isEqualTo("connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes");
    assertThat(retries.getRetriableStatusCodesList()).containsExactly(503);
    assertThat(retries.getHostSelectionRetryMaxAttempts()).isEqualTo(5);
    assertThat(retries.getRetryHostPredicate(0).getName())
        .isEqualTo("envoy.retry_host_predicates.previous_hosts");
    assertThat(route("split").getRoute().getTimeout().getSeconds()).isZero();
  }

  @Test
  void aFaultIsRetried() throws InvalidProtocolBufferException {
    Route route = route("flaky");
    HTTPFault fault =
        route.getTypedPerFilterConfigOrThrow("envoy.filters.http.fault").unpack(HTTPFault.class);
    assertThat(fault.getAbort().getHttpStatus()).isEqualTo(503);
    assertThat(fault.getAbort().getPercentage().getNumerator()).isEqualTo(500_000);
    assertThat(fault.getAbort().getPercentage().getDenominator())
        .isEqualTo(FractionalPercent.DenominatorType.MILLION);
    var retries = route.getRoute().getRetryPolicy();
    assertThat(retries.getNumRetries().getValue()).isEqualTo(5);
    assertThat(retries.getRetryOn()).isEqualTo("5xx,retriable-status-codes");
    assertThat(retries.getRetriableStatusCodesList()).containsExactly(429);
    assertThat(retries.getPerTryTimeout().getSeconds()).isEqualTo(2);
    assertThat(retries.getRetryBackOff().getBaseInterval())
        .isEqualTo(Protos.duration(Duration.ofMillis(10)));
  }

  @Test
  void aDelayIsCutByATimeout() throws InvalidProtocolBufferException {
    Route route = route("slow");
    assertThat(route.getMatch().getPath()).isEqualTo("/slow");
    assertThat(route.getMatch().getHeaders(0).getName()).isEqualTo(":method");
    HTTPFault fault =
        route.getTypedPerFilterConfigOrThrow("envoy.filters.http.fault").unpack(HTTPFault.class);
    assertThat(fault.getDelay().getFixedDelay().getSeconds()).isEqualTo(5);
    assertThat(fault.getDelay().getPercentage().getNumerator()).isEqualTo(1_000_000);
    assertThat(route.getRoute().getTimeout()).isEqualTo(Protos.duration(Duration.ofMillis(500)));
    assertThat(route.getRoute().hasRetryPolicy()).isFalse();
  }

  @Test
  void aSubsetHasThePolicyOfItsOwnOverTheRules() {
    assertThat(chain().clusters())
        .extracting(Cluster::getLbPolicy)
        .containsExactly(Cluster.LbPolicy.ROUND_ROBIN, Cluster.LbPolicy.RANDOM);
    for (Cluster cluster : chain().clusters()) {
      var outliers = cluster.getOutlierDetection();
      assertThat(outliers.getConsecutive5Xx().getValue()).isEqualTo(3);
      assertThat(outliers.getInterval().getSeconds()).isEqualTo(10);
      assertThat(outliers.getBaseEjectionTime().getSeconds()).isEqualTo(30);
      assertThat(outliers.getMaxEjectionPercent().getValue()).isEqualTo(10);
      assertThat(cluster.getCircuitBreakers().getThresholds(0).getMaxRetries().getValue())
          .isEqualTo(-1);
    }
  }

  @Test
  void endpointsAreThoseThatRegistered() {
    ClusterLoadAssignment v1 = chain().assignments().get(0);
    assertThat(v1.getEndpoints(0).getLbEndpointsList())
        .extracting(
            endpoint ->
                endpoint.getEndpoint().getAddress().getSocketAddress().getAddress()
                    + ":"
                    + endpoint.getEndpoint().getAddress().getSocketAddress().getPortValue())
        .containsExactly("127.0.0.2:9001", "127.0.0.3:9002");
    var metadata = v1.getEndpoints(0).getLbEndpoints(0).getMetadata();
    assertThat(
            metadata
                .getFilterMetadataOrThrow("envoy.transport_socket_match")
                .getFieldsOrThrow("tlsMode")
                .getStringValue())
        .isEqualTo("istio");
    var about = metadata.getFilterMetadataOrThrow("istio");
    assertThat(about.getFieldsOrThrow("workload").getStringValue()).isEqualTo("catalog");
    assertThat(about.getFieldsOrThrow("version").getStringValue()).isEqualTo("v1");
    assertThat(about.getFieldsOrThrow("namespace").getStringValue()).isEqualTo("shop");
  }

  @Test
  void anEndpointThatDrainsIsMarked() {
    RegisteredWorkload ready = Fixtures.workload("catalog", "v1", "127.0.0.2", 9001);
    RegisteredWorkload draining =
        new RegisteredWorkload(
            ready.instance(),
            ready.service(),
            ready.namespace(),
            ready.serviceAccount(),
            ready.address(),
            ready.labels(),
            ready.ports(),
            false);
    ClusterLoadAssignment assignment =
        generator(List.of(draining))
            .assignment(Fixtures.client("storefront"), "outbound|8080||" + CATALOG)
            .orElseThrow();
    assertThat(assignment.getEndpoints(0).getLbEndpoints(0).getHealthStatus())
        .isEqualTo(HealthStatus.DRAINING);
  }

  @Test
  void clientsSpeakMutualTlsToGuardedPortsOnly() throws InvalidProtocolBufferException {
    Cluster cluster = chain().clusters().get(0);
    assertThat(cluster.getTransportSocketMatchesList())
        .extracting(Cluster.TransportSocketMatch::getName)
        .containsExactly("tlsMode-istio", "tlsMode-disabled");
    UpstreamTlsContext tls =
        cluster
            .getTransportSocketMatches(0)
            .getTransportSocket()
            .getTypedConfig()
            .unpack(UpstreamTlsContext.class);
    assertThat(tls.getSni()).isEqualTo("outbound_.8080_.v1_." + CATALOG);
    var common = tls.getCommonTlsContext();
    assertThat(common.getAlpnProtocolsList())
        .containsExactly("istio-http/1.1", "istio", "http/1.1");
    assertThat(common.getTlsCertificateSdsSecretConfigs(0).getName()).isEqualTo("default");
    var validation = common.getCombinedValidationContext();
    assertThat(validation.getValidationContextSdsSecretConfig().getName()).isEqualTo("ROOTCA");
    assertThat(validation.getDefaultValidationContext().getMatchTypedSubjectAltNamesList())
        .extracting(name -> name.getMatcher().getExact())
        .containsExactly("spiffe://cluster.local/ns/shop/sa/catalog");
  }

  @Test
  void strictTakesMutualTlsOnly() throws InvalidProtocolBufferException {
    Listener listener = generator.inbound(Fixtures.client("catalog"), "127.0.0.2", 9001);
    assertThat(listener.getName()).isEqualTo("xds.istio.io/grpc/lds/inbound/127.0.0.2:9001");
    assertThat(listener.getFilterChainsList())
        .extracting(FilterChain::getName)
        .containsExactly("mutual-tls");
    FilterChain chain = listener.getFilterChains(0);
    assertThat(chain.hasFilterChainMatch()).isFalse();
    DownstreamTlsContext tls =
        chain.getTransportSocket().getTypedConfig().unpack(DownstreamTlsContext.class);
    assertThat(tls.getRequireClientCertificate().getValue()).isTrue();
    assertThat(generator.inbound(Fixtures.client("catalog"), listener.getName()))
        .contains(listener);
  }

  @Test
  void policiesDenyBeforeTheyAllow() throws InvalidProtocolBufferException {
    HttpConnectionManager manager = inboundManager("catalog");
    assertThat(manager.getHttpFiltersList())
        .extracting(HttpFilter::getName)
        .containsExactly(
            "envoy.filters.http.rbac", "envoy.filters.http.rbac", "envoy.filters.http.router");
    RBAC deny = rbac(manager.getHttpFilters(0));
    assertThat(deny.getAction()).isEqualTo(RBAC.Action.DENY);
    assertThat(deny.getPoliciesMap()).containsOnlyKeys("ns[shop]-policy[no-admin]-rule[0]");
    var denied = deny.getPoliciesOrThrow("ns[shop]-policy[no-admin]-rule[0]");
    assertThat(
            denied
                .getPrincipals(0)
                .getAndIds()
                .getIds(0)
                .getNotId()
                .getOrIds()
                .getIds(0)
                .getAuthenticated()
                .getPrincipalName()
                .getExact())
        .isEqualTo("spiffe://cluster.local/ns/ops/sa/admin");
    assertThat(
            denied
                .getPermissions(0)
                .getAndRules()
                .getRules(0)
                .getOrRules()
                .getRules(0)
                .getUrlPath()
                .getPath()
                .getPrefix())
        .isEqualTo("/admin");
    RBAC allow = rbac(manager.getHttpFilters(1));
    assertThat(allow.getAction()).isEqualTo(RBAC.Action.ALLOW);
    assertThat(allow.getPoliciesMap()).containsOnlyKeys("ns[shop]-policy[storefront-only]-rule[0]");
    var allowed = allow.getPoliciesOrThrow("ns[shop]-policy[storefront-only]-rule[0]");
    assertThat(
            allowed
                .getPrincipals(1)
                .getAndIds()
                .getIds(0)
                .getOrIds()
                .getIds(0)
                .getAuthenticated()
                .getPrincipalName()
                .getSafeRegex()
                .getRegex())
        .isEqualTo(".*/ns/ops/.*");
  }

  @Test
  void aPolicyHoldsForTheWorkloadsItSelects() throws InvalidProtocolBufferException {
    assertThat(inboundManager("storefront").getHttpFiltersList())
        .extracting(HttpFilter::getName)
        .containsExactly("envoy.filters.http.router");
  }

  private HttpConnectionManager inboundManager(String service)
      throws InvalidProtocolBufferException {
    return generator
        .inbound(Fixtures.client(service), "127.0.0.2", 9001)
        .getFilterChains(0)
        .getFilters(0)
        .getTypedConfig()
        .unpack(HttpConnectionManager.class);
  }

  private static RBAC rbac(HttpFilter filter) throws InvalidProtocolBufferException {
    return filter
        .getTypedConfig()
        .unpack(io.envoyproxy.envoy.extensions.filters.http.rbac.v3.RBAC.class)
        .getRules();
  }

  @Test
  void namesAreKnownBeforehand() {
    assertThat(generator.nameTables(Fixtures.client("storefront")))
        .containsExactly(
            new NameTable(
                "shop",
                List.of(
                    new NameTable.Host(
                        CATALOG,
                        List.of("240.0.0.1"),
                        List.of(new NameTable.Port(8080, "http")),
                        List.of("catalog"),
                        List.of("catalog.shop", "catalog.shop.svc")),
                    new NameTable.Host(
                        "storefront.shop.svc.cluster.local",
                        List.of(),
                        List.of(new NameTable.Port(9000, "http")),
                        List.of("storefront"),
                        List.of("storefront.shop", "storefront.shop.svc"))),
                NameTable.Others.LEFT_ALONE));
  }

  @Test
  void theSameInputInAnotherOrderGivesTheSameBytes() {
    List<RegisteredWorkload> reversed =
        List.of(workloads().get(3), workloads().get(2), workloads().get(1), workloads().get(0));
    Chain again =
        generator(reversed)
            .listenerChain(Fixtures.client("storefront"), CATALOG + ":8080")
            .orElseThrow();
    Chain chain = chain();
    assertThat(again.listener().toByteString()).isEqualTo(chain.listener().toByteString());
    assertThat(again.routes().toByteString()).isEqualTo(chain.routes().toByteString());
    for (int i = 0; i < chain.clusters().size(); i++) {
      assertThat(again.clusters().get(i).toByteString())
          .isEqualTo(chain.clusters().get(i).toByteString());
      assertThat(again.assignments().get(i).toByteString())
          .isEqualTo(chain.assignments().get(i).toByteString());
    }
  }
}
