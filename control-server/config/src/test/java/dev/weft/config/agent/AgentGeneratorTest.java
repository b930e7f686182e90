package dev.weft.config.agent;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.weft.config.Configuration;
import dev.weft.config.Fixtures;
import dev.weft.config.model.Analysis;
import dev.weft.config.model.ClientWorkload;
import dev.weft.config.model.MeshModel;
import dev.weft.config.model.MeshSettings;
import dev.weft.config.model.RegisteredWorkload;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.config.rbac.v3.RBAC;
import io.envoyproxy.envoy.config.route.v3.HeaderMatcher;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Single semantics of Istio's, as the agent receives them. */
class AgentGeneratorTest {

  private static final String A = "a.shop.svc.cluster.local";
  private static final RegisteredWorkload WORKLOAD = Fixtures.workload("a", "v1", "10.0.0.1", 8080);

  private static AgentGenerator generator(String yaml) {
    return new AgentGenerator(Fixtures.model(yaml, WORKLOAD));
  }

  private static String resource(String group, String kind, String name, String spec) {
    return "---\napiVersion: %s.istio.io/v1\nkind: %s\nmetadata: {name: %s, namespace: shop}\nspec: %s\n"
        .formatted(group, kind, name, spec);
  }

  private static List<Route> routes(String http, ClientWorkload client) {
    String yaml =
        resource("networking", "VirtualService", "r", "{hosts: [a], http: [" + http + "]}");
    return generator(yaml)
        .listenerChain(client, A + ":8080")
        .orElseThrow()
        .routes()
        .getVirtualHosts(0)
        .getRoutesList();
  }

  private static RouteMatch match(String match) {
    return routes(
            "{match: [" + match + "], route: [{destination: {host: a}}]}", Fixtures.client("b"))
        .get(0)
        .getMatch();
  }

  private static Cluster cluster(String policy) {
    String yaml =
        resource(
            "networking", "DestinationRule", "d", "{host: a, trafficPolicy: {" + policy + "}}");
    return generator(yaml).cluster(Fixtures.client("b"), "outbound|8080||" + A).orElseThrow();
  }

  private static List<RBAC> authorization(String... specs) throws InvalidProtocolBufferException {
    StringBuilder yaml = new StringBuilder();
    for (int i = 0; i < specs.length; i++) {
      yaml.append(resource("security", "AuthorizationPolicy", "p" + i, specs[i]));
    }
    HttpConnectionManager manager =
        generator(yaml.toString())
            .inbound(WORKLOAD.client(), "10.0.0.1", 8080)
            .getFilterChains(0)
            .getFilters(0)
            .getTypedConfig()
            .unpack(HttpConnectionManager.class);
    return manager.getHttpFiltersList().stream()
        .filter(filter -> filter.getName().equals(HttpFilters.RBAC))
        .map(AgentGeneratorTest::rules)
        .toList();
  }

  private static RBAC rules(HttpFilter filter) {
    try {
      return filter
          .getTypedConfig()
          .unpack(io.envoyproxy.envoy.extensions.filters.http.rbac.v3.RBAC.class)
          .getRules();
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void withoutARuleThereIsTheDefaultRoute() {
    Chain chain = generator("").listenerChain(Fixtures.client("b"), "a:8080").orElseThrow();
    assertThat(chain.listener().getName()).isEqualTo("a:8080");
    Route route = chain.routes().getVirtualHosts(0).getRoutes(0);
    assertThat(route.getName()).isEqualTo("default");
    assertThat(route.getRoute().getCluster()).isEqualTo("outbound|8080||" + A);
    assertThat(route.getRoute().getRetryPolicy().getNumRetries().getValue()).isEqualTo(2);
    assertThat(chain.clusters().get(0).getLbPolicy()).isEqualTo(Cluster.LbPolicy.LEAST_REQUEST);
    assertThat(chain.clusters().get(0).hasOutlierDetection()).isFalse();
  }

  @Test
  void whatIsNotTheMeshsIsLeftAlone() {
    AgentGenerator generator =
        generator(
            resource(
                "networking",
                "ServiceEntry",
                "x",
                "{hosts: [x.example], resolution: STATIC, ports: [{number: 443, name: s, protocol:"
                    + " HTTPS}], endpoints: [{address: 10.0.0.9}]}"));
    ClientWorkload client = Fixtures.client("b");
    assertThat(generator.listenerChain(client, "nobody.example:80")).isEmpty();
    assertThat(generator.listenerChain(client, "a:81")).isEmpty();
    assertThat(generator.listenerChain(client, "a")).isEmpty();
    // The application's own TLS: nothing to see inside.
    assertThat(generator.listenerChain(client, "x.example:443")).isEmpty();
    // A short name belongs to its namespace.
    assertThat(generator.listenerChain(Fixtures.client("b", "other"), "a:8080")).isEmpty();
    assertThat(generator.listenerChain(Fixtures.client("b", "other"), "a.shop:8080")).isPresent();
  }

  @Test
  void pathsAreMatchedAsIstioDoes() {
    assertThat(match("{uri: {exact: /x}}").getPath()).isEqualTo("/x");
    assertThat(match("{uri: {prefix: /x}}").getPrefix()).isEqualTo("/x");
    assertThat(match("{uri: {regex: '/x.*'}}").getSafeRegex().getRegex()).isEqualTo("/x.*");
    assertThat(match("{uri: {exact: /x}}").getCaseSensitive().getValue()).isTrue();
    assertThat(match("{uri: {exact: /x}, ignoreUriCase: true}").getCaseSensitive().getValue())
        .isFalse();
  }

  @Test
  void headersAreMatchedAsIstioDoes() {
    // istio/pilot/pkg/networking/core/route/route.go, TranslateHeaderMatch.
    assertThat(match("{headers: {X-A: {prefix: b}}}").getHeaders(0))
        .returns("x-a", HeaderMatcher::getName)
        .returns("b", header -> header.getStringMatch().getPrefix());
    assertThat(match("{headers: {a: {}}}").getHeaders(0).getPresentMatch()).isTrue();
    assertThat(match("{headers: {a: {regex: '*'}}}").getHeaders(0).getPresentMatch()).isTrue();
    assertThat(match("{withoutHeaders: {a: {exact: b}}}").getHeaders(0))
        .returns(true, HeaderMatcher::getInvertMatch)
        .returns(true, HeaderMatcher::getTreatMissingHeaderAsEmpty);
    assertThat(match("{authority: {exact: a}, scheme: {exact: http}}").getHeadersList())
        .extracting(HeaderMatcher::getName)
        .containsExactly(":scheme", ":authority");
  }

  @Test
  void aMatchMayDependOnTheCaller() {
    String http =
        """
        {match: [{sourceNamespace: ops}], name: ops, route: [{destination: {host: a}}]},
        {match: [{sourceLabels: {app: b}}], name: b, route: [{destination: {host: a}}]},
        {match: [{port: 81}], name: port, route: [{destination: {host: a}}]},
        {match: [{gateways: [edge]}], name: gateway, route: [{destination: {host: a}}]},
        {match: [{headers: {"@request.auth.claims.a": {exact: b}}}], name: claim, route: [{destination: {host: a}}]},
        {match: [{withoutHeaders: {"@request.auth.claims.a": {}}}], name: none, route: [{destination: {host: a}}]},
        {name: rest, route: [{destination: {host: a}}]}
        """;
    assertThat(routes(http, Fixtures.client("b")))
        .extracting(Route::getName)
        .containsExactly("b", "rest");
    assertThat(routes(http, Fixtures.client("c", "ops")))
        .extracting(Route::getName)
        .containsExactly("ops", "rest");
  }

  @Test
  void eachMatchOfARuleIsARouteNamedAfterBoth() {
    // VirtualService HTTPMatchRequest.name: "concatenated with the parent route's name".
    assertThat(
            routes(
                "{name: r, match: [{name: x, uri: {exact: /x}}, {uri: {exact: /y}}],"
                    + " route: [{destination: {host: a}}]}",
                Fixtures.client("b")))
        .extracting(Route::getName)
        .containsExactly("r.x", "r");
  }

  @Test
  void aRuleWithoutANameIsNamedByItsPlace() {
    assertThat(routes("{route: [{destination: {host: a}}]}", Fixtures.client("b")))
        .extracting(Route::getName)
        .containsExactly("shop/r[0]");
  }

  @Test
  void aDestinationThatIsNotThereKeepsItsRoute() {
    String yaml =
        resource(
            "networking",
            "VirtualService",
            "r",
            "{hosts: [a], http: [{route: [{destination: {host: gone}}]}]}");
    Chain chain = generator(yaml).listenerChain(Fixtures.client("b"), "a:8080").orElseThrow();
    assertThat(chain.routes().getVirtualHosts(0).getRoutes(0).getRoute().getCluster())
        .isEqualTo("outbound|8080||gone.shop.svc.cluster.local");
    assertThat(chain.clusters()).isEmpty();
  }

  @Test
  void aDestinationWithOnePortIsCalledThere() {
    // istio/pilot/pkg/networking/core/route/route.go, GetDestinationCluster.
    String yaml =
        resource(
                "networking",
                "ServiceEntry",
                "x",
                "{hosts: [x.example], resolution: STATIC, ports: [{number: 9, name: http}]}")
            + resource(
                "networking",
                "VirtualService",
                "r",
                "{hosts: [a], http: [{route: [{destination: {host: x.example}}]}]}");
    Chain chain = generator(yaml).listenerChain(Fixtures.client("b"), "a:8080").orElseThrow();
    assertThat(chain.clusters())
        .extracting(Cluster::getName)
        .containsExactly("outbound|9||x.example");
  }

  @Test
  void explicitTlsModesReplaceTheAutomatic() throws InvalidProtocolBufferException {
    // istio/pilot/pkg/networking/core/cluster_tls.go.
    Cluster plain = cluster("tls: {mode: DISABLE}");
    assertThat(plain.getTransportSocketMatchesList()).isEmpty();
    assertThat(plain.hasTransportSocket()).isFalse();
    Cluster mutual = cluster("tls: {mode: ISTIO_MUTUAL, sni: s, subjectAltNames: [spiffe://x/y]}");
    assertThat(mutual.getTransportSocketMatchesList()).isEmpty();
    UpstreamTlsContext tls =
        mutual.getTransportSocket().getTypedConfig().unpack(UpstreamTlsContext.class);
    assertThat(tls.getSni()).isEqualTo("s");
    assertThat(
            tls.getCommonTlsContext()
                .getCombinedValidationContext()
                .getDefaultValidationContext()
                .getMatchTypedSubjectAltNames(0)
                .getMatcher()
                .getExact())
        .isEqualTo("spiffe://x/y");
  }

  @Test
  void poolsLimitWhatTheySay() {
    Cluster cluster =
        cluster(
            "connectionPool: {tcp: {maxConnections: 3, connectTimeout: 2s},"
                + " http: {http1MaxPendingRequests: 4, http2MaxRequests: 5, maxRetries: 6}}");
    var limits = cluster.getCircuitBreakers().getThresholds(0);
    assertThat(limits.getMaxConnections().getValue()).isEqualTo(3);
    assertThat(limits.getMaxPendingRequests().getValue()).isEqualTo(4);
    assertThat(limits.getMaxRequests().getValue()).isEqualTo(5);
    assertThat(limits.getMaxRetries().getValue()).isEqualTo(6);
    assertThat(cluster.getConnectTimeout().getSeconds()).isEqualTo(2);
    assertThat(cluster("").getConnectTimeout().getSeconds()).isEqualTo(10);
  }

  @Test
  void grpcGoesOverHttp2() throws InvalidProtocolBufferException {
    AgentGenerator generator =
        generator(
            resource(
                "networking",
                "ServiceEntry",
                "x",
                "{hosts: [x.example], resolution: STATIC, ports: [{number: 9, name: grpc, protocol:"
                    + " GRPC}]}"));
    Cluster cluster =
        generator.cluster(Fixtures.client("b"), "outbound|9||x.example").orElseThrow();
    UpstreamTlsContext tls =
        cluster
            .getTransportSocketMatches(0)
            .getTransportSocket()
            .getTypedConfig()
            .unpack(UpstreamTlsContext.class);
    assertThat(tls.getCommonTlsContext().getAlpnProtocolsList())
        .containsExactly("istio-h2", "istio", "h2");
    assertThat(cluster.getTypedExtensionProtocolOptionsMap())
        .containsOnlyKeys("envoy.extensions.upstreams.http.v3.HttpProtocolOptions");
  }

  /** ConnectionPoolSettings.HTTPSettings.H2UpgradePolicy, use_client_protocol. */
  @ParameterizedTest
  @CsvSource({
    "'', false",
    "h2UpgradePolicy: UPGRADE, true",
    "h2UpgradePolicy: DO_NOT_UPGRADE, false",
    "h2UpgradePolicy: DEFAULT, false",
    "useClientProtocol: true, true",
    "useClientProtocol: false, false",
  })
  void aPortOfHttpMayBeOfferedHttp2(String http, boolean offered)
      throws InvalidProtocolBufferException {
    Cluster cluster = cluster("connectionPool: {http: {" + http + "}}");
    UpstreamTlsContext tls =
        cluster
            .getTransportSocketMatches(0)
            .getTransportSocket()
            .getTypedConfig()
            .unpack(UpstreamTlsContext.class);
    assertThat(tls.getCommonTlsContext().getAlpnProtocolsList())
        .isEqualTo(
            offered
                ? List.of("istio-h2", "istio-http/1.1", "istio", "h2", "http/1.1")
                : List.of("istio-http/1.1", "istio", "http/1.1"));
    assertThat(cluster.getTypedExtensionProtocolOptionsMap().isEmpty()).isEqualTo(!offered);
  }

  @Test
  void permissiveTakesPlaintextToo() {
    var listener = generator("").inbound(WORKLOAD.client(), "10.0.0.1", 8080);
    assertThat(listener.getFilterChainsList())
        .extracting(FilterChain::getName)
        .containsExactly("mutual-tls", "plaintext");
    var match = listener.getFilterChains(0).getFilterChainMatch();
    assertThat(match.getTransportProtocol()).isEqualTo("tls");
    // istio/pilot/pkg/networking/core/filterchain_options.go.
    assertThat(match.getApplicationProtocolsList())
        .containsExactlyInAnyOrder(
            "istio", "istio-peer-exchange", "istio-http/1.0", "istio-http/1.1", "istio-h2");
  }

  @Test
  void disableTakesPlaintextOnly() {
    String yaml = resource("security", "PeerAuthentication", "p", "{mtls: {mode: DISABLE}}");
    assertThat(generator(yaml).inbound(WORKLOAD.client(), "10.0.0.1", 8080).getFilterChainsList())
        .extracting(FilterChain::getName)
        .containsExactly("plaintext");
  }

  @Test
  void anEmptyPolicyAllowsNothing() throws InvalidProtocolBufferException {
    assertThat(authorization("{}"))
        .containsExactly(RBAC.newBuilder().setAction(RBAC.Action.ALLOW).build());
  }

  @Test
  void anEmptyRuleAllowsEverything() throws InvalidProtocolBufferException {
    RBAC rbac = authorization("{rules: [{}]}").get(0);
    var policy = rbac.getPoliciesOrThrow("ns[shop]-policy[p0]-rule[0]");
    assertThat(policy.getPermissions(0).getAny()).isTrue();
    assertThat(policy.getPrincipals(0).getAny()).isTrue();
  }

  @Test
  void whatIsNotUnderstoodNeverAllows() throws InvalidProtocolBufferException {
    List<RBAC> rbac =
        authorization(
            "{rules: [{when: [{key: 'experimental.envoy.filters.a.b[c]', values: [d]}]}]}");
    assertThat(rbac).containsExactly(RBAC.newBuilder().setAction(RBAC.Action.ALLOW).build());
  }

  @Test
  void whatIsNotUnderstoodAlwaysDenies() throws InvalidProtocolBufferException {
    for (String rule :
        List.of(
            "{when: [{key: 'experimental.envoy.filters.a.b[c]', values: [d]}]}",
            "{when: [{key: 'experimental.envoy.filters.a.b[c]', notValues: [d]}]}")) {
      RBAC rbac = authorization("{action: DENY, rules: [" + rule + "]}").get(0);
      var policy = rbac.getPoliciesOrThrow("ns[shop]-policy[p0]-rule[0]");
      assertThat(policy.getPermissions(0).getAny()).as(rule).isTrue();
      assertThat(policy.getPrincipals(0).getAny()).as(rule).isTrue();
    }
  }

  @Test
  void aPolicyOfEveryKindKeepsItsName() throws InvalidProtocolBufferException {
    List<RBAC> rbac = authorization("{rules: [{}, {}]}", "{action: DENY, rules: [{}]}");
    assertThat(rbac.get(0).getAction()).isEqualTo(RBAC.Action.DENY);
    assertThat(rbac.get(0).getPoliciesMap()).containsOnlyKeys("ns[shop]-policy[p1]-rule[0]");
    assertThat(rbac.get(1).getPoliciesMap())
        .containsOnlyKeys("ns[shop]-policy[p0]-rule[0]", "ns[shop]-policy[p0]-rule[1]");
  }

  @Test
  void bookinfoIsUnderstoodWithoutAFinding() {
    Configuration bookinfo = Fixtures.file("bookinfo.yaml");
    assertThat(bookinfo.findings()).isEmpty();
    MeshModel model = MeshModel.of(bookinfo.resources(), List.of(), MeshSettings.DEFAULT);
    assertThat(Analysis.of(model)).isEmpty();
    AgentGenerator generator = new AgentGenerator(model);
    ClientWorkload page =
        new ClientWorkload("productpage", "bookinfo", "productpage", "10.1.0.9", Map.of());
    Chain chain = generator.listenerChain(page, "reviews:9080").orElseThrow();
    assertThat(chain.clusters())
        .extracting(Cluster::getName)
        .containsExactly(
            "outbound|9080|v1|reviews.bookinfo.svc.cluster.local",
            "outbound|9080|v2|reviews.bookinfo.svc.cluster.local",
            "outbound|9080|v3|reviews.bookinfo.svc.cluster.local");
    assertThat(chain.assignments())
        .extracting(
            assignment ->
                assignment
                    .getEndpoints(0)
                    .getLbEndpoints(0)
                    .getEndpoint()
                    .getAddress()
                    .getSocketAddress()
                    .getPortValue())
        .containsExactly(9080, 9080, 19080);
    assertThat(chain.assignments().get(0).getEndpoints(0).getLocality().getZone())
        .isEqualTo("eu-1");
    assertThat(chain.assignments().get(1).getEndpoints(0).getLoadBalancingWeight().getValue())
        .isEqualTo(3);
  }
}
