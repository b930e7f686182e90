package dev.weft.config.istio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.weft.config.ConfigurationFile;
import dev.weft.config.model.EnvoyFilter;
import dev.weft.config.model.EnvoyFilter.Context;
import dev.weft.config.model.EnvoyFilter.Insert;
import dev.weft.config.model.EnvoyFilter.Route;
import dev.weft.config.model.EnvoyFilter.Scope;
import dev.weft.config.model.EnvoyFilter.StagedRule;
import dev.weft.config.model.RateLimit;
import dev.weft.config.model.StringMatch;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The shapes of Istio's documentation, "Enabling Rate Limits using Envoy", and what isn't. */
class EnvoyFilterReaderTest {

  private static final String LOCAL =
      "type.googleapis.com/envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit";
  private static final String GLOBAL =
      "type.googleapis.com/envoy.extensions.filters.http.ratelimit.v3.RateLimit";

  private static final Scope REQUESTS = new Scope(Context.SIDECAR_INBOUND, null, null);

  private static final String CONNECTION_MANAGER =
      "listener: {filterChain: {filter: {name: envoy.filters.network.http_connection_manager}}}";

  private static final String LIMIT_OF_FOUR =
      "token_bucket: {max_tokens: 4, tokens_per_fill: 4, fill_interval: 60s},"
          + " filter_enabled: {runtime_key: a, default_value: {numerator: 100,"
          + " denominator: HUNDRED}},"
          + " filter_enforced: {runtime_key: b, default_value: {numerator: 500000,"
          + " denominator: MILLION}},"
          + " response_headers_to_add: [{append: false, header: {key: X-Limited, value: 'yes'}}]";

  private static ConfigurationFile file(String... patches) {
    return ConfigurationFile.parse(
        "f.yaml",
        """
        apiVersion: networking.istio.io/v1alpha3
        kind: EnvoyFilter
        metadata: {name: limits, namespace: shop}
        spec:
          workloadSelector: {labels: {app: catalog}}
          configPatches: [%s]
        """
            .formatted(String.join(", ", patches)));
  }

  private static EnvoyFilter filter(String... patches) {
    ConfigurationFile file = file(patches);
    assertThat(file.findings()).isEmpty();
    return (EnvoyFilter) file.resources().get(0);
  }

  private static String insert(String match, String name, String typedConfig) {
    return "{applyTo: HTTP_FILTER, match: {context: SIDECAR_INBOUND, "
        + match
        + "}, patch: {operation: INSERT_BEFORE, value: {name: "
        + name
        + ", typed_config: {"
        + typedConfig
        + "}}}}";
  }

  private static String typedStruct(String type, String value) {
    return "\"@type\": type.googleapis.com/udpa.type.v1.TypedStruct, type_url: "
        + type
        + ", value: {"
        + value
        + "}";
  }

  private static String merge(String applyTo, String vhost, String value) {
    return "{applyTo: "
        + applyTo
        + ", match: {context: SIDECAR_INBOUND, routeConfiguration: {vhost: {"
        + vhost
        + "}}}, patch: {operation: MERGE, value: {"
        + value
        + "}}}";
  }

  private static RateLimit.Local limitOfFour(String name) {
    return new RateLimit.Local(
        name,
        new RateLimit.Bucket(4, 4, Duration.ofSeconds(60)),
        true,
        List.of(),
        null,
        List.of(),
        100,
        50,
        new RateLimit.Refusal(429, Map.of("x-limited", "yes"), false, false));
  }

  @Test
  void aLocalLimitForAllOfAWorkloadsRequests() {
    EnvoyFilter filter =
        filter(
            insert(
                CONNECTION_MANAGER,
                "envoy.filters.http.local_ratelimit",
                typedStruct(LOCAL, "stat_prefix: limiter, " + LIMIT_OF_FOUR)));
    assertThat(filter.selector().labels()).containsEntry("app", "catalog");
    assertThat(filter.patches())
        .containsExactly(
            new Insert(
                REQUESTS,
                "envoy.filters.http.local_ratelimit",
                false,
                0,
                limitOfFour("shop/limits/0")));
  }

  @Test
  void theTypeItselfInPlaceOfATypedStruct() {
    EnvoyFilter filter =
        filter(
            insert(
                CONNECTION_MANAGER,
                "envoy.filters.http.local_ratelimit",
                "\"@type\": " + LOCAL + ", stat_prefix: limiter, " + LIMIT_OF_FOUR));
    assertThat(((Insert) filter.patches().get(0)).limit()).isEqualTo(limitOfFour("shop/limits/0"));
  }

  @Test
  void aLocalLimitForOnePort() {
    String config = "typed_per_filter_config: {envoy.filters.http.local_ratelimit: {%s}}";
    EnvoyFilter filter =
        filter(
            insert(
                CONNECTION_MANAGER,
                "envoy.filters.http.local_ratelimit",
                typedStruct(LOCAL, "stat_prefix: limiter")),
            merge(
                "HTTP_ROUTE",
                "name: inbound|http|9080, route: {action: ANY}",
                config.formatted(typedStruct(LOCAL, "stat_prefix: limiter, " + LIMIT_OF_FOUR))));
    assertThat(filter.patches().get(1))
        .isEqualTo(
            new Route(
                new Scope(Context.SIDECAR_INBOUND, 9080, null),
                List.of(),
                Map.of("envoy.filters.http.local_ratelimit", limitOfFour("shop/limits/1"))));
  }

  @Test
  void aLocalLimitByDescriptor() {
    EnvoyFilter filter =
        filter(
            insert(
                CONNECTION_MANAGER,
                "envoy.filters.http.local_ratelimit",
                typedStruct(
                    LOCAL,
                    LIMIT_OF_FOUR
                        + ", descriptors: [{entries: [{key: plan, value: free}, {key: user}],"
                        + " token_bucket: {max_tokens: 1, fill_interval: 1s}}],"
                        + " max_dynamic_descriptors: 50,"
                        + " always_consume_default_token_bucket: false")),
            merge(
                "VIRTUAL_HOST",
                "name: inbound|http|9080",
                "rate_limits: [{actions: [{header_value_match: {descriptor_key: plan,"
                    + " descriptor_value: free, headers: [{name: x-plan,"
                    + " string_match: {exact: free}}]}}, {request_headers: {header_name: X-User,"
                    + " descriptor_key: user}}]}]"));
    RateLimit.Local local = (RateLimit.Local) ((Insert) filter.patches().get(0)).limit();
    assertThat(local.alwaysTakes()).isFalse();
    assertThat(local.maxBuckets()).isEqualTo(50);
    assertThat(local.descriptors())
        .containsExactly(
            new RateLimit.Descriptor(
                List.of(new RateLimit.Entry("plan", "free"), new RateLimit.Entry("user", "")),
                new RateLimit.Bucket(1, 1, Duration.ofSeconds(1))));
    assertThat(((Route) filter.patches().get(1)).rules())
        .containsExactly(
            new StagedRule(
                0,
                new RateLimit.Rule(
                    List.of(
                        new RateLimit.HeadersMatch(
                            "plan",
                            "free",
                            true,
                            List.of(
                                new RateLimit.HeaderCondition(
                                    "x-plan", new StringMatch.Exact("free"), false))),
                        new RateLimit.HeaderValue("x-user", "user", false)))));
  }

  private static String global(String cluster) {
    return insert(
        "listener: {filterChain: {filter: {name: envoy.filters.network.http_connection_manager,"
            + " subFilter: {name: envoy.filters.http.router}}}}",
        "envoy.filters.http.ratelimit",
        "\"@type\": "
            + GLOBAL
            + ", domain: ratelimit, failure_mode_deny: true, timeout: 10s, rate_limit_service:"
            + " {grpc_service: {envoy_grpc: {cluster_name: \""
            + cluster
            + "\", authority: rl}}, transport_api_version: V3}");
  }

  private static RateLimit.Global asked(String host) {
    return new RateLimit.Global(
        "shop/limits/0",
        "shop",
        host,
        8081,
        "ratelimit",
        Duration.ofSeconds(10),
        true,
        List.of(),
        new RateLimit.Refusal(429, Map.of(), false, false));
  }

  @Test
  void aGlobalLimit() {
    EnvoyFilter filter =
        filter(
            global("outbound|8081||ratelimit.default.svc.cluster.local"),
            merge(
                "HTTP_ROUTE",
                "route: {name: default}",
                "route: {rate_limits: [{stage: 1, actions: [{header_value_match: {descriptor_key:"
                    + " PATH, descriptor_value: api, headers: [{name: \":path\","
                    + " safe_regex_match: {google_re2: {}, regex: \"/api/[1-9]\"}}]}}]}]}"));
    assertThat(filter.patches().get(0))
        .isEqualTo(
            new Insert(
                REQUESTS,
                "envoy.filters.http.ratelimit",
                true,
                0,
                asked("ratelimit.default.svc.cluster.local")));
    StagedRule rule = ((Route) filter.patches().get(1)).rules().get(0);
    assertThat(rule.stage()).isEqualTo(1);
    assertThat(rule.rule().actions().get(0).key()).isEqualTo("PATH");
  }

  /** As the documentation of earlier versions had it: by a cluster that a later patch adds. */
  @Test
  void aGlobalLimitByAClusterOfItsOwn() {
    EnvoyFilter filter =
        filter(
            global("rate_limit_cluster"),
            """
            {applyTo: CLUSTER, match: {cluster: {service: ratelimit.default.svc.cluster.local}},
              patch: {operation: ADD, value: {name: rate_limit_cluster, type: STRICT_DNS,
                connect_timeout: 10s, lb_policy: ROUND_ROBIN, http2_protocol_options: {},
                load_assignment: {cluster_name: rate_limit_cluster, endpoints: [{lb_endpoints: [
                  {endpoint: {address: {socket_address:
                    {address: ratelimit.default.svc.cluster.local, port_value: 8081}}}}]}]}}}}
            """);
    assertThat(((Insert) filter.patches().get(0)).limit())
        .isEqualTo(asked("ratelimit.default.svc.cluster.local"));
  }

  /** A patch, and what is said of it. */
  static Stream<Arguments> ignored() {
    String local = typedStruct(LOCAL, LIMIT_OF_FOUR);
    return Stream.of(
        arguments(
            insert(CONNECTION_MANAGER, "a", local).replace("SIDECAR_INBOUND", "GATEWAY"),
            "is ignored: spec.configPatches[0].match.context: gateways are not served"),
        arguments(
            merge("VIRTUAL_HOST", "name: inbound|http|80", "rate_limits: []")
                .replace("SIDECAR_INBOUND", "SIDECAR_OUTBOUND"),
            "is ignored: spec.configPatches[0].match.routeConfiguration.vhost.name: inbound|http|80"
                + " is no virtual host that is called: they are HOST:PORT"),
        arguments(
            merge("HTTP_ROUTE", "name: a:80, route: {name: b}", "rate_limits: []")
                .replace("SIDECAR_INBOUND", "SIDECAR_OUTBOUND"),
            "is ignored: spec.configPatches[0].match.routeConfiguration.vhost.route.name: the routes"
                + " of a host that is called have one limit: leave it out"),
        arguments(
            insert(
                CONNECTION_MANAGER,
                "lua",
                "\"@type\": type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua,"
                    + " inline_code: x"),
            "is ignored: spec.configPatches[0].patch.value.typed_config:"
                + " envoy.extensions.filters.http.lua.v3.Lua is neither"
                + " envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit nor"
                + " envoy.extensions.filters.http.ratelimit.v3.RateLimit, the filters that limit"
                + " rates"),
        arguments(
            insert(CONNECTION_MANAGER, "a", local.replace("filter_enabled", "filter_on")),
            "is ignored: spec.configPatches[0].patch.value.typed_config.value.filter_on: unknown"
                + " field"),
        arguments(
            insert(CONNECTION_MANAGER, "a", local).replace("INSERT_BEFORE", "REPLACE"),
            "is ignored: spec.configPatches[0].patch.operation: REPLACE is not INSERT_BEFORE or"
                + " INSERT_FIRST"),
        arguments(
            insert(CONNECTION_MANAGER, "a", local).replace("http_connection_manager", "tcp_proxy"),
            "is ignored: spec.configPatches[0].match.listener.filterChain.filter.name:"
                + " envoy.filters.network.tcp_proxy is not among the filters that the agent has"),
        arguments(
            global("rate_limit_cluster"),
            "is ignored: spec.configPatches[0].patch.value.typed_config.rate_limit_service"
                + ".grpc_service.envoy_grpc.cluster_name: rate_limit_cluster is neither"
                + " outbound|PORT||HOST nor added by this EnvoyFilter"),
        arguments(
            merge("VIRTUAL_HOST", "name: \"*:80\"", "rate_limits: []"),
            "is ignored: spec.configPatches[0].match.routeConfiguration.vhost.name: *:80 is no"
                + " virtual host of a server: they are inbound|http|PORT"),
        arguments(
            merge(
                "VIRTUAL_HOST",
                "name: inbound|http|80",
                "rate_limits: [{actions:" + " [{source_cluster: {}}]}]"),
            "is ignored: spec.configPatches[0].patch.value.rate_limits[0].actions[0]: is not"
                + " among request_headers, query_parameters, remote_address, generic_key and"
                + " header_value_match"),
        arguments(
            "{applyTo: LISTENER, patch: {operation: MERGE, value: {}}}",
            "is ignored: spec.configPatches[0].applyTo: LISTENER is not among HTTP_FILTER,"
                + " VIRTUAL_HOST, HTTP_ROUTE and CLUSTER, the parts of a rate limit"));
  }

  @ParameterizedTest
  @MethodSource
  void ignored(String patch, String warning) {
    ConfigurationFile file = file(patch);
    assertThat(file.findings())
        .extracting(
            found ->
                found.severity().name().toLowerCase(Locale.ROOT)
                    + ": "
                    + found.field()
                    + ": "
                    + found.message())
        .containsExactly("warning: spec.configPatches[0]: " + warning);
    assertThat(((EnvoyFilter) file.resources().get(0)).patches()).isEmpty();
  }

  /**
   * EnvoyFilter.PatchContext: none is ANY. Envoy's own bucket is its listener's, so each port's.
   */
  @Test
  void forCallersAsWell() {
    String local = insert(CONNECTION_MANAGER, "a", typedStruct(LOCAL, LIMIT_OF_FOUR));
    for (String context : List.of("", "context: ANY, ", "context: SIDECAR_OUTBOUND, ")) {
      ConfigurationFile file = file(local.replace("context: SIDECAR_INBOUND, ", context));
      assertThat(file.findings())
          .extracting(found -> found.toString())
          .containsExactly(
              "f.yaml:6: warning: EnvoyFilter shop/limits: spec.configPatches[0].patch: a caller"
                  + " counts its calls to each host apart, where Envoy counts those to one port"
                  + " together");
      assertThat(((EnvoyFilter) file.resources().get(0)).patches())
          .singleElement()
          .extracting(EnvoyFilter.Patch::scope)
          .isEqualTo(
              new Scope(
                  context.contains("OUT") ? Context.SIDECAR_OUTBOUND : Context.ANY, null, null));
    }
  }

  /** VIRTUAL_HOST: of a server inbound|http|PORT, of a caller HOST:PORT. */
  @Test
  void aVirtualHostSaysWhose() {
    String of = "name: \"%s\"";
    for (String context : List.of("ANY", "SIDECAR_OUTBOUND")) {
      EnvoyFilter filter =
          filter(
              merge("VIRTUAL_HOST", of.formatted("a.shop:80"), "rate_limits: []")
                  .replace("SIDECAR_INBOUND", context));
      assertThat(filter.patches().get(0).scope())
          .isEqualTo(new Scope(Context.SIDECAR_OUTBOUND, 80, "a.shop"));
    }
    assertThat(
            filter(
                    merge("VIRTUAL_HOST", of.formatted("inbound|http|80"), "rate_limits: []")
                        .replace("SIDECAR_INBOUND", "ANY"))
                .patches()
                .get(0)
                .scope())
        .isEqualTo(new Scope(Context.SIDECAR_INBOUND, 80, null));
  }
}
