package dev.weft.config.agent;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.weft.config.Fixtures;
import dev.weft.config.model.ClientWorkload;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.extensions.filters.http.adaptive_concurrency.v3.AdaptiveConcurrency;
import io.envoyproxy.envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit;
import io.envoyproxy.envoy.extensions.filters.http.ratelimit.v3.RateLimit;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Limits as Envoy's filters, from ServicePolicies and EnvoyFilters alike. */
class LimitFiltersTest {

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
      metadata: {name: rl, namespace: shop}
      spec:
        hosts: [rl.shop.svc.cluster.local]
        resolution: STATIC
        ports: [{number: 8081, name: grpc, protocol: GRPC}]
        endpoints: [{address: 10.0.0.2}]
      """;

  private static final String RL = "outbound|8081||rl.shop.svc.cluster.local";
  private static final ClientWorkload CATALOG =
      new ClientWorkload("catalog", "shop", "catalog", "10.1.1.1", Map.of("app", "catalog"));

  private static AgentGenerator generator(String... documents) {
    return new AgentGenerator(Fixtures.model(SERVICES + String.join("", documents)));
  }

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

  private static String envoyFilter(String namespace, String selector, String... patches) {
    return """
        ---
        apiVersion: networking.istio.io/v1alpha3
        kind: EnvoyFilter
        metadata: {name: f, namespace: %s}
        spec: {workloadSelector: {labels: {app: %s}}, configPatches: [%s]}
        """
        .formatted(namespace, selector, String.join(", ", patches));
  }

  private static HttpConnectionManager inbound(AgentGenerator generator, int port)
      throws InvalidProtocolBufferException {
    Listener listener = generator.inbound(CATALOG, "10.1.1.1", port);
    return listener
        .getFilterChains(0)
        .getFilters(0)
        .getTypedConfig()
        .unpack(HttpConnectionManager.class);
  }

  private static List<String> names(HttpConnectionManager manager) {
    return manager.getHttpFiltersList().stream().map(HttpFilter::getName).toList();
  }

  private static final String SERVER = "selector: {matchLabels: {app: catalog}}, ";

  @Test
  void aServersLocalLimitComesFirst() throws Exception {
    HttpConnectionManager manager =
        inbound(
            generator(
                policy(
                    "p",
                    SERVER
                        + "rateLimits: [{match: {methods: [GET, HEAD], paths: [\"/items/*\"]}, per:"
                        + " [{header: X-User}, {sourcePrincipal: true}], local: {requests: 10,"
                        + " interval: 60s, burst: 20}, status: 503, responseHeaders: {x-a: b},"
                        + " limitHeaders: true, grpcStatus: RESOURCE_EXHAUSTED}]")),
            8080);
    assertThat(names(manager).get(0)).isEqualTo("envoy.filters.http.local_ratelimit/shop/p/0");
    LocalRateLimit filter = manager.getHttpFilters(0).getTypedConfig().unpack(LocalRateLimit.class);
    assertThat(filter.hasTokenBucket()).isFalse();
    assertThat(filter.getAlwaysConsumeDefaultTokenBucket().getValue()).isFalse();
    assertThat(filter.getFilterEnforced().getDefaultValue().getNumerator()).isEqualTo(1_000_000);
    assertThat(filter.getStatus().getCodeValue()).isEqualTo(503);
    assertThat(filter.getRateLimitedAsResourceExhausted()).isTrue();
    assertThat(filter.getEnableXRatelimitHeadersValue()).isEqualTo(1);
    assertThat(filter.getMaxDynamicDescriptors().getValue()).isEqualTo(1000);
    assertThat(filter.getResponseHeadersToAdd(0).getHeader().getKey()).isEqualTo("x-a");
    assertThat(filter.getDescriptors(0).getEntriesList())
        .extracting(entry -> entry.getKey() + "=" + entry.getValue())
        .containsExactly("header_match=0", "x-user=", "source_principal=");
    assertThat(filter.getDescriptors(0).getTokenBucket().getMaxTokens()).isEqualTo(20);
    assertThat(filter.getDescriptors(0).getTokenBucket().getTokensPerFill().getValue())
        .isEqualTo(10);
    var match = filter.getRateLimits(0).getActions(0).getHeaderValueMatch();
    assertThat(match.getHeadersList())
        .extracting(it -> it.getName() + " " + it.getStringMatch().getSafeRegex().getRegex())
        .containsExactly(":method GET|HEAD", ":path (/items/[^?]*)(\\?.*)?");
  }

  @Test
  void adaptiveConcurrencyComesLast() throws Exception {
    HttpConnectionManager manager =
        inbound(
            generator(
                policy(
                    "p",
                    SERVER
                        + "adaptiveConcurrency: {minConcurrency: 2, maxConcurrency: 9,"
                        + " percentile: 90, minRtt: {requests: 7}}")),
            8080);
    List<String> names = names(manager);
    assertThat(names.get(names.size() - 2)).isEqualTo("envoy.filters.http.adaptive_concurrency");
    var gradient =
        manager
            .getHttpFilters(names.size() - 2)
            .getTypedConfig()
            .unpack(AdaptiveConcurrency.class)
            .getGradientControllerConfig();
    assertThat(gradient.getConcurrencyLimitParams().getMaxConcurrencyLimit().getValue())
        .isEqualTo(9);
    assertThat(gradient.getMinRttCalcParams().getMinConcurrency().getValue()).isEqualTo(2);
    assertThat(gradient.getMinRttCalcParams().getRequestCount().getValue()).isEqualTo(7);
    assertThat(gradient.getMinRttCalcParams().getInterval().getSeconds()).isEqualTo(60);
    assertThat(gradient.getSampleAggregatePercentile().getValue()).isEqualTo(90);
  }

  @Test
  void aCallersLimitsAreItsListeners() throws Exception {
    AgentGenerator generator =
        generator(
            policy(
                "p",
                "host: a, rateLimits: [{local: {requests: 5}}, {name: all, global: {service: rl,"
                    + " port: 8081, domain: shop, failureMode: CLOSED, timeout: 1s}}, {per:"
                    + " [{header: x-user}], global: {service: rl, port: 8081, domain: other}}]"));
    Chain chain =
        generator.listenerChain(Fixtures.client("c"), "a.shop.svc.cluster.local:80").orElseThrow();
    HttpConnectionManager manager =
        chain.listener().getApiListener().getApiListener().unpack(HttpConnectionManager.class);
    assertThat(names(manager))
        .containsSubsequence(
            "envoy.filters.http.cors",
            "envoy.filters.http.local_ratelimit/shop/p/0",
            "envoy.filters.http.ratelimit/shop/p/all",
            "envoy.filters.http.ratelimit/shop/p/2",
            "envoy.filters.http.router");
    HttpFilter asking =
        manager.getHttpFiltersList().stream()
            .filter(filter -> filter.getName().endsWith("p/all"))
            .findFirst()
            .orElseThrow();
    RateLimit global = asking.getTypedConfig().unpack(RateLimit.class);
    assertThat(global.getRateLimitService().getGrpcService().getEnvoyGrpc().getClusterName())
        .isEqualTo(RL);
    assertThat(global.getFailureModeDeny()).isTrue();
    assertThat(global.getTimeout().getSeconds()).isEqualTo(1);
    assertThat(chain.routes().getVirtualHosts(0).getRateLimitsList())
        .extracting(
            rule ->
                rule.getStage().getValue()
                    + " "
                    + rule.getActions(0).getGenericKey().getDescriptorValue()
                    + rule.getActions(0).getRequestHeaders().getHeaderName())
        .as("each filter's by its stage")
        .containsExactly("0 all", "1 x-user");
    assertThat(chain.clusters()).extracting(cluster -> cluster.getName()).contains(RL);
  }

  private static final String BUCKET =
      "{stat_prefix: x, token_bucket: {max_tokens: 4, tokens_per_fill: 4, fill_interval: 60s},"
          + " filter_enabled: {default_value: {numerator: 100}},"
          + " filter_enforced: {default_value: {numerator: 100}}}";

  private static String insert(String value) {
    return "{applyTo: HTTP_FILTER, match: {context: SIDECAR_INBOUND}, patch: {operation:"
        + " INSERT_BEFORE, value: {name: envoy.filters.http.local_ratelimit, typed_config:"
        + " {\"@type\": type.googleapis.com/xds.type.v3.TypedStruct, type_url:"
        + " type.googleapis.com/envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit,"
        + " value: "
        + value
        + "}}}}";
  }

  /** Both come to the same filter. */
  @Test
  void anEnvoyFilterIsAsGoodAsAServicePolicy() throws Exception {
    HttpConnectionManager one =
        inbound(generator(envoyFilter("shop", "catalog", insert(BUCKET))), 8080);
    HttpConnectionManager other =
        inbound(
            generator(policy("f", SERVER + "rateLimits: [{local: {requests: 4, interval: 60s}}]")),
            8080);
    assertThat(one).isEqualTo(other);
  }

  @Test
  void workloadSelectorAndRootNamespace() throws Exception {
    String name = "envoy.filters.http.local_ratelimit/istio-system/f/0";
    assertThat(names(inbound(generator(envoyFilter("shop", "cart", insert(BUCKET))), 8080)))
        .noneMatch(it -> it.contains("ratelimit"));
    assertThat(
            names(inbound(generator(envoyFilter("istio-system", "catalog", insert(BUCKET))), 8080)))
        .contains(name);
    assertThat(names(inbound(generator(envoyFilter("other", "catalog", insert(BUCKET))), 8080)))
        .noneMatch(it -> it.contains("ratelimit"));
  }

  @Test
  void aRoutesFilterIsForItsPort() throws Exception {
    AgentGenerator generator =
        generator(
            envoyFilter(
                "shop",
                "catalog",
                insert("{stat_prefix: x}"),
                "{applyTo: HTTP_ROUTE, match: {context: SIDECAR_INBOUND, routeConfiguration:"
                    + " {vhost: {name: inbound|http|9080}}}, patch: {operation: MERGE, value:"
                    + " {typed_per_filter_config: {envoy.filters.http.local_ratelimit: {\"@type\":"
                    + " type.googleapis.com/xds.type.v3.TypedStruct, type_url:"
                    + " type.googleapis.com/envoy.extensions.filters.http.local_ratelimit.v3"
                    + ".LocalRateLimit, value: "
                    + BUCKET
                    + "}}}}}"));
    assertThat(names(inbound(generator, 9080))).anyMatch(it -> it.contains("local_ratelimit"));
    assertThat(names(inbound(generator, 8080))).noneMatch(it -> it.contains("local_ratelimit"));
  }

  private static HttpConnectionManager outbound(AgentGenerator generator, ClientWorkload caller)
      throws InvalidProtocolBufferException {
    return generator
        .listenerChain(caller, "a.shop.svc.cluster.local:80")
        .orElseThrow()
        .listener()
        .getApiListener()
        .getApiListener()
        .unpack(HttpConnectionManager.class);
  }

  /** As with a ServicePolicy for the host; context ANY is both. */
  @Test
  void anEnvoyFilterForCallers() throws Exception {
    for (String context : List.of("SIDECAR_OUTBOUND", "ANY")) {
      AgentGenerator generator =
          generator(
              envoyFilter("shop", "catalog", insert(BUCKET).replace("SIDECAR_INBOUND", context)));
      assertThat(outbound(generator, CATALOG))
          .isEqualTo(
              outbound(
                  generator(
                      policy("f", "host: a, rateLimits: [{local: {requests: 4, interval: 60s}}]")),
                  CATALOG));
      assertThat(names(outbound(generator, Fixtures.client("other"))))
          .as("by workloadSelector")
          .noneMatch(it -> it.contains("ratelimit"));
      assertThat(names(inbound(generator, 8080)).stream().anyMatch(it -> it.contains("ratelimit")))
          .isEqualTo(context.equals("ANY"));
    }
    String port = "SIDECAR_OUTBOUND, listener: {portNumber: 81}";
    assertThat(
            names(
                outbound(
                    generator(
                        envoyFilter(
                            "shop", "catalog", insert(BUCKET).replace("SIDECAR_INBOUND", port))),
                    CATALOG)))
        .noneMatch(it -> it.contains("ratelimit"));
  }

  /** Rules of a HOST:PORT that is called are that host's alone. */
  @Test
  void aRoutesFilterIsForItsHost() throws Exception {
    String route =
        "{applyTo: VIRTUAL_HOST, match: {context: SIDECAR_OUTBOUND, routeConfiguration: {vhost:"
            + " {name: \"%s:80\"}}}, patch: {operation: MERGE, value: {typed_per_filter_config:"
            + " {envoy.filters.http.local_ratelimit: {\"@type\":"
            + " type.googleapis.com/xds.type.v3.TypedStruct, type_url:"
            + " type.googleapis.com/envoy.extensions.filters.http.local_ratelimit.v3"
            + ".LocalRateLimit, value: "
            + BUCKET
            + "}}}}}";
    String insert = insert("{stat_prefix: x}").replace("SIDECAR_INBOUND", "SIDECAR_OUTBOUND");
    for (String host : List.of("a.shop.svc.cluster.local", "b.shop.svc.cluster.local")) {
      AgentGenerator generator =
          generator(envoyFilter("shop", "catalog", insert, route.formatted(host)));
      assertThat(
              names(outbound(generator, CATALOG)).stream().anyMatch(it -> it.contains("ratelimit")))
          .isEqualTo(host.startsWith("a"));
    }
  }

  /**
   * Istio's push context: by priority, the root namespace's before others, then by name; each
   * filter is inserted before those that are there.
   */
  @Test
  void theLowestPriorityIsAppliedFirst() throws Exception {
    String one = envoyFilter("shop", "catalog", insert(BUCKET));
    AgentGenerator generator =
        generator(
            one.replace("name: f", "name: late").replace("spec: {", "spec: {priority: 5, "),
            one.replace("name: f", "name: b"),
            one.replace("name: f", "name: a"),
            envoyFilter("istio-system", "catalog", insert(BUCKET)).replace("name: f", "name: z"),
            one.replace("name: f", "name: early").replace("spec: {", "spec: {priority: -5, "));
    assertThat(names(inbound(generator, 8080)))
        .filteredOn(name -> name.contains("ratelimit"))
        .extracting(name -> name.substring(name.indexOf('/') + 1))
        .containsExactly("shop/late/0", "shop/b/0", "shop/a/0", "istio-system/z/0", "shop/early/0");
  }
}
