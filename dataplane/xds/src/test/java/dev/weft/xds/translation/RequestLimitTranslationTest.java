package dev.weft.xds.translation;

import static dev.weft.xds.translation.Routes.ALL;
import static dev.weft.xds.translation.Routes.any;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.protobuf.BoolValue;
import com.google.protobuf.Duration;
import com.google.protobuf.MessageLite;
import com.google.protobuf.UInt32Value;
import dev.weft.engine.Header;
import dev.weft.engine.HeaderEdits;
import dev.weft.engine.model.AdaptiveConcurrency;
import dev.weft.engine.model.Fraction;
import dev.weft.engine.model.HeaderMatch;
import dev.weft.engine.model.InboundFilter;
import dev.weft.engine.model.QueryMatch;
import dev.weft.engine.model.RateLimit;
import dev.weft.engine.model.RateLimitRule;
import dev.weft.engine.model.RequestLimit;
import dev.weft.engine.model.StringMatch;
import dev.weft.xds.proto.Address;
import dev.weft.xds.proto.ApiListener;
import dev.weft.xds.proto.Descriptor;
import dev.weft.xds.proto.Filter;
import dev.weft.xds.proto.FilterChain;
import dev.weft.xds.proto.FractionalPercent;
import dev.weft.xds.proto.GradientControllerConfig;
import dev.weft.xds.proto.GrpcService;
import dev.weft.xds.proto.HeaderMatcher;
import dev.weft.xds.proto.HeaderValueOption.HeaderAppendAction;
import dev.weft.xds.proto.HttpConnectionManager;
import dev.weft.xds.proto.HttpFilter;
import dev.weft.xds.proto.HttpStatus;
import dev.weft.xds.proto.Listener;
import dev.weft.xds.proto.LocalRateLimit;
import dev.weft.xds.proto.LocalRateLimitDescriptor;
import dev.weft.xds.proto.Percent;
import dev.weft.xds.proto.QueryParameterMatcher;
import dev.weft.xds.proto.RateLimit.Action;
import dev.weft.xds.proto.RateLimitDescriptor;
import dev.weft.xds.proto.RateLimitServiceConfig;
import dev.weft.xds.proto.Rds;
import dev.weft.xds.proto.RouteAction;
import dev.weft.xds.proto.RouteConfiguration;
import dev.weft.xds.proto.RuntimeFeatureFlag;
import dev.weft.xds.proto.RuntimeFractionalPercent;
import dev.weft.xds.proto.SocketAddress;
import dev.weft.xds.proto.StringMatcher;
import dev.weft.xds.proto.TokenBucket;
import dev.weft.xds.proto.TypedExtensionConfig;
import dev.weft.xds.proto.VirtualHost;
import dev.weft.xds.proto.XRateLimitHeadersRFCVersion;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Envoy's local_ratelimit, ratelimit and adaptive_concurrency filters, and
 * config.route.v3.RateLimit.
 */
class RequestLimitTranslationTest {

  private static final String LOCAL =
      "envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit";
  private static final String GLOBAL = "envoy.extensions.filters.http.ratelimit.v3.RateLimit";
  private static final String CONCURRENCY =
      "envoy.extensions.filters.http.adaptive_concurrency.v3.AdaptiveConcurrency";
  private static final RuntimeFractionalPercent HALF =
      RuntimeFractionalPercent.newBuilder()
          .setDefaultValue(FractionalPercent.newBuilder().setNumerator(50))
          .build();

  private static TokenBucket bucket(int tokens, int perFill, int seconds) {
    return TokenBucket.newBuilder()
        .setMaxTokens(tokens)
        .setTokensPerFill(UInt32Value.of(perFill))
        .setFillInterval(Duration.newBuilder().setSeconds(seconds))
        .build();
  }

  private static HttpFilter filter(String type, MessageLite config) {
    return HttpFilter.newBuilder().setName("f").setTypedConfig(any(type, config)).build();
  }

  private static Translation<ListenerResource> client(HttpFilter filter) throws ResourceRefused {
    HttpConnectionManager manager =
        HttpConnectionManager.newBuilder()
            .setRds(Rds.newBuilder().setRouteConfigName("r"))
            .addHttpFilters(filter)
            .build();
    return listener(
        Listener.newBuilder()
            .setApiListener(ApiListener.newBuilder().setApiListener(packed(manager)))
            .build());
  }

  private static Translation<ListenerResource> server(VirtualHost host, HttpFilter... filters)
      throws ResourceRefused {
    HttpConnectionManager manager =
        HttpConnectionManager.newBuilder()
            .setRouteConfig(RouteConfiguration.newBuilder().addVirtualHosts(host))
            .addAllHttpFilters(List.of(filters))
            .build();
    return listener(
        Listener.newBuilder()
            .setAddress(
                Address.newBuilder()
                    .setSocketAddress(SocketAddress.newBuilder().setPortValue(8080)))
            .addFilterChains(
                FilterChain.newBuilder()
                    .addFilters(Filter.newBuilder().setTypedConfig(packed(manager))))
            .build());
  }

  private static Any packed(HttpConnectionManager manager) {
    return any(ListenerTranslator.CONNECTION_MANAGER, manager);
  }

  private static Translation<ListenerResource> listener(Listener listener) throws ResourceRefused {
    return Translation.listener("l", any("envoy.config.listener.v3.Listener", listener));
  }

  private static List<InboundFilter> filters(Translation<ListenerResource> server) {
    return ((ListenerResource.Inbound) server.value()).listener().filters();
  }

  private static LocalRateLimit.Builder local() {
    return LocalRateLimit.newBuilder()
        .setTokenBucket(bucket(10, 5, 60))
        .setFilterEnabled(HALF)
        .setFilterEnforced(HALF);
  }

  @Test
  void localLimits() throws ResourceRefused {
    LocalRateLimit config =
        local()
            .setStatus(HttpStatus.newBuilder().setCodeValue(503))
            .addResponseHeadersToAdd(
                Routes.option("x-a", "b", HeaderAppendAction.OVERWRITE_IF_EXISTS_OR_ADD))
            .addDescriptors(
                LocalRateLimitDescriptor.newBuilder()
                    .addEntries(RateLimitDescriptor.Entry.newBuilder().setKey("user"))
                    .setTokenBucket(bucket(2, 1, 1)))
            .setEnableXRatelimitHeaders(XRateLimitHeadersRFCVersion.DRAFT_VERSION_03)
            .setAlwaysConsumeDefaultTokenBucket(BoolValue.of(false))
            .setRateLimitedAsResourceExhausted(true)
            .setMaxDynamicDescriptors(UInt32Value.of(7))
            .addRateLimits(
                dev.weft.xds.proto.RateLimit.newBuilder()
                    .addActions(
                        Action.newBuilder()
                            .setRemoteAddress(Action.RemoteAddress.getDefaultInstance())))
            .build();
    Translation<ListenerResource> translation = client(filter(LOCAL, config));
    assertThat(translation.notes()).isEmpty();
    assertThat(translation.value().limits())
        .containsExactly(
            new RateLimit.Local(
                "f",
                new RateLimit.Bucket(10, 5, java.time.Duration.ofSeconds(60)),
                false,
                List.of(
                    new RateLimit.LocalDescriptor(
                        List.of(new RateLimit.Entry("user", "")),
                        new RateLimit.Bucket(2, 1, java.time.Duration.ofSeconds(1)))),
                7,
                List.of(new RateLimitRule(0, List.of(new RateLimitRule.RemoteAddress()))),
                0,
                new Fraction(50, 100),
                new Fraction(50, 100),
                new RateLimit.Refusal(
                    503,
                    new HeaderEdits(List.of(), List.of(new Header("x-a", "b")), List.of()),
                    true),
                HeaderEdits.NONE,
                true));
  }

  /** status: "If this is set to < 400, 429 will be used instead"; max_dynamic_descriptors: 20. */
  @Test
  void defaultsOfLocalLimits() throws ResourceRefused {
    LocalRateLimit config = local().setStatus(HttpStatus.newBuilder().setCodeValue(200)).build();
    RateLimit.Local limit = (RateLimit.Local) client(filter(LOCAL, config)).value().limits().get(0);
    assertThat(limit.refusal().status()).isEqualTo(429);
    assertThat(limit.maxDynamicBuckets()).isEqualTo(20);
    assertThat(limit.alwaysTakes()).isTrue();
    assertThat(limit.rules()).as("those of routes").isNull();
  }

  /** "Defaults to 0% of requests for safety"; nothing to count by. */
  @Test
  void whatLimitsNothingIsNone() throws ResourceRefused {
    for (LocalRateLimit config :
        List.of(local().clearFilterEnabled().build(), local().clearTokenBucket().build())) {
      Translation<ListenerResource> translation = client(filter(LOCAL, config));
      assertThat(translation.value().limits()).isEmpty();
      assertThat(translation.notes()).isEmpty();
    }
  }

  /** A limit, and what is said when it can't be honoured. The rest of the listener holds. */
  static Stream<Arguments> refused() {
    return Stream.of(
        Arguments.of(
            filter(LOCAL, local().setTokenBucket(bucket(1, 1, 0)).build()),
            "fill_interval: must be at least 50 ms"),
        Arguments.of(
            filter(LOCAL, local().setTokenBucket(bucket(0, 1, 1)).build()),
            "max_tokens and tokens_per_fill must be above 0"),
        Arguments.of(filter(GLOBAL, global().setRequestType("internal").build()), "request_type"),
        Arguments.of(filter(GLOBAL, global().clearRateLimitService().build()), "envoy_grpc"),
        Arguments.of(
            filter(CONCURRENCY, dev.weft.xds.proto.AdaptiveConcurrency.getDefaultInstance()),
            "must have a gradient_controller_config"),
        Arguments.of(
            filter(
                CONCURRENCY,
                dev.weft.xds.proto.AdaptiveConcurrency.newBuilder()
                    .setGradientControllerConfig(GradientControllerConfig.getDefaultInstance())
                    .build()),
            "concurrency_update_interval"));
  }

  @ParameterizedTest
  @MethodSource
  void refused(HttpFilter filter, String reason) throws ResourceRefused {
    Translation<ListenerResource> client = client(filter);
    assertThat(client.value().limits()).isEmpty();
    assertThat(client.notes().get(0).toString()).contains("no limit is in force", reason);
    assertThat(filters(server(VirtualHost.getDefaultInstance(), filter)))
        .as("a limit is no guard: it fails open")
        .isEmpty();
  }

  private static dev.weft.xds.proto.ratelimit.RateLimit.Builder global() {
    return dev.weft.xds.proto.ratelimit.RateLimit.newBuilder()
        .setDomain("shop")
        .setStage(1)
        .setRateLimitService(
            RateLimitServiceConfig.newBuilder()
                .setGrpcService(
                    GrpcService.newBuilder()
                        .setEnvoyGrpc(
                            GrpcService.EnvoyGrpc.newBuilder()
                                .setClusterName("rls")
                                .setAuthority("rl"))));
  }

  /** timeout: 20 ms; failure_mode_deny: false; filter_enabled and filter_enforced: all. */
  @Test
  void globalLimits() throws ResourceRefused {
    ListenerResource listener = client(filter(GLOBAL, global().build())).value();
    assertThat(listener.limits())
        .containsExactly(
            new RateLimit.Global(
                "f",
                "rls",
                "rl",
                "shop",
                java.time.Duration.ofMillis(20),
                false,
                500,
                null,
                1,
                Fraction.ALL,
                Fraction.ALL,
                new RateLimit.Refusal(429, HeaderEdits.NONE, false),
                true,
                false));
    assertThat(listener.clusters()).containsExactly("rls");
  }

  @Test
  void aServersRulesAreItsOnlyRoutes() throws ResourceRefused {
    VirtualHost host =
        Routes.virtualHost(Routes.route(ALL, RouteAction.getDefaultInstance()))
            .addRateLimits(rule(1, constant("a")))
            .addRateLimits(rule(0, constant("b")))
            .build();
    RateLimit limit = (RateLimit) filters(server(host, filter(GLOBAL, global().build()))).get(0);
    assertThat(limit.rules())
        .containsExactly(
            new RateLimitRule(1, List.of(new RateLimitRule.Constant("generic_key", "a"))));
  }

  private static dev.weft.xds.proto.RateLimit rule(int stage, Action action) {
    return dev.weft.xds.proto.RateLimit.newBuilder()
        .setStage(UInt32Value.of(stage))
        .addActions(action)
        .build();
  }

  private static Action constant(String value) {
    return Action.newBuilder()
        .setGenericKey(Action.GenericKey.newBuilder().setDescriptorValue(value))
        .build();
  }

  /** include_vh_rate_limits; without it a virtual host's hold where the route has none. */
  @Test
  void rulesOfRoutesAndTheirHosts() throws ResourceRefused {
    RouteAction none = Routes.TO_V1;
    RouteAction own = none.toBuilder().addRateLimits(rule(0, constant("route"))).build();
    RouteAction both = own.toBuilder().setIncludeVhRateLimits(BoolValue.of(true)).build();
    assertThat(values(none)).containsExactly("host");
    assertThat(values(own)).containsExactly("route");
    assertThat(values(both)).containsExactly("route", "host");
  }

  private static List<String> values(RouteAction action) throws ResourceRefused {
    VirtualHost.Builder host =
        Routes.virtualHost(Routes.route(ALL, action)).addRateLimits(rule(0, constant("host")));
    return Routes.only(Routes.read(Routes.configuration(host))).rateLimits().stream()
        .map(rule -> ((RateLimitRule.Constant) rule.actions().get(0)).value())
        .toList();
  }

  static Stream<Arguments> actions() {
    HeaderMatcher plan =
        HeaderMatcher.newBuilder()
            .setName("X-Plan")
            .setStringMatch(StringMatcher.newBuilder().setExact("free"))
            .build();
    return Stream.of(
        Arguments.of(
            Action.newBuilder()
                .setRequestHeaders(
                    Action.RequestHeaders.newBuilder()
                        .setHeaderName("X-User")
                        .setDescriptorKey("user")
                        .setSkipIfAbsent(true)),
            new RateLimitRule.HeaderValue("x-user", "user", true)),
        Arguments.of(
            Action.newBuilder()
                .setQueryParameters(
                    Action.QueryParameters.newBuilder()
                        .setQueryParameterName("q")
                        .setDescriptorKey("k")),
            new RateLimitRule.QueryValue("q", "k", false)),
        Arguments.of(
            Action.newBuilder()
                .setDestinationCluster(Action.DestinationCluster.getDefaultInstance()),
            new RateLimitRule.DestinationCluster()),
        Arguments.of(
            Action.newBuilder()
                .setHeaderValueMatch(
                    Action.HeaderValueMatch.newBuilder()
                        .setDescriptorValue("v")
                        .setExpectMatch(BoolValue.of(false))
                        .addHeaders(plan)),
            new RateLimitRule.HeadersMatch(
                "header_match",
                "v",
                false,
                List.of(new HeaderMatch("x-plan", new StringMatch.Exact("free", false), false)))),
        Arguments.of(
            Action.newBuilder()
                .setQueryParameterValueMatch(
                    Action.QueryParameterValueMatch.newBuilder()
                        .setDescriptorKey("k")
                        .setDescriptorValue("v")
                        .addQueryParameters(
                            QueryParameterMatcher.newBuilder().setName("q").setPresentMatch(true))),
            new RateLimitRule.QueryMatches(
                "k", "v", true, List.of(new QueryMatch("q", new StringMatch.Present())))),
        Arguments.of(
            expression("connection.uri_san_peer_certificate"),
            new RateLimitRule.PeerIdentity("p")));
  }

  private static Action.Builder expression(String text) {
    return Action.newBuilder()
        .setExtension(
            TypedExtensionConfig.newBuilder()
                .setTypedConfig(
                    any(
                        "envoy.extensions.rate_limit_descriptors.expr.v3.Descriptor",
                        Descriptor.newBuilder().setDescriptorKey("p").setText(text).build())));
  }

  @ParameterizedTest
  @MethodSource
  void actions(Action.Builder action, RateLimitRule.Action expected) throws ResourceRefused {
    RouteAction route = Routes.TO_V1.toBuilder().addRateLimits(rule(0, action.build())).build();
    Translation<RouteResource> translation = Routes.translate(Routes.route(ALL, route));
    assertThat(translation.notes()).isEmpty();
    assertThat(Routes.only(translation).rateLimits())
        .containsExactly(new RateLimitRule(0, List.of(expected)));
  }

  @Test
  void aRuleThatIsNotUnderstoodIsLeftOut() throws ResourceRefused {
    for (Action action : List.of(Action.getDefaultInstance(), expression("request.host").build())) {
      RouteAction route = Routes.TO_V1.toBuilder().addRateLimits(rule(0, action)).build();
      Translation<RouteResource> translation = Routes.translate(Routes.route(ALL, route));
      assertThat(Routes.only(translation).rateLimits()).isEmpty();
      assertThat(translation.notes().get(0).reason()).startsWith("left out:");
    }
  }

  @Test
  void adaptiveConcurrency() throws ResourceRefused {
    dev.weft.xds.proto.AdaptiveConcurrency.Builder config =
        dev.weft.xds.proto.AdaptiveConcurrency.newBuilder()
            .setGradientControllerConfig(
                GradientControllerConfig.newBuilder()
                    .setSampleAggregatePercentile(Percent.newBuilder().setValue(90))
                    .setConcurrencyLimitParams(
                        GradientControllerConfig.ConcurrencyLimitCalculationParams.newBuilder()
                            .setConcurrencyUpdateInterval(
                                Duration.newBuilder().setNanos(100_000_000)))
                    .setMinRttCalcParams(
                        GradientControllerConfig.MinimumRTTCalculationParams.newBuilder()
                            .setInterval(Duration.newBuilder().setSeconds(60))));
    assertThat(limit(config))
        .isEqualTo(
            new AdaptiveConcurrency(
                "f",
                0.9,
                1000,
                java.time.Duration.ofMillis(100),
                new AdaptiveConcurrency.MinRtt(
                    null, java.time.Duration.ofSeconds(60), 50, 0.15, 3, 0.25),
                503));
    config.setEnabled(RuntimeFeatureFlag.newBuilder().setDefaultValue(BoolValue.of(false)));
    assertThat(client(filter(CONCURRENCY, config.build())).value().limits()).isEmpty();
  }

  private static RequestLimit limit(dev.weft.xds.proto.AdaptiveConcurrency.Builder config)
      throws ResourceRefused {
    return client(filter(CONCURRENCY, config.build())).value().limits().get(0);
  }
}
