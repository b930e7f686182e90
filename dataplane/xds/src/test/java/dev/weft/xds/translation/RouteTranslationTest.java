package dev.weft.xds.translation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Any;
import com.google.protobuf.BoolValue;
import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import com.google.protobuf.UInt32Value;
import dev.weft.engine.Header;
import dev.weft.engine.HeaderEdits;
import dev.weft.engine.model.FaultPolicy;
import dev.weft.engine.model.HeaderMatch;
import dev.weft.engine.model.RetryPolicy;
import dev.weft.engine.model.Route;
import dev.weft.engine.model.StringMatch;
import dev.weft.xds.proto.DataSource;
import dev.weft.xds.proto.DirectResponseAction;
import dev.weft.xds.proto.FaultAbort;
import dev.weft.xds.proto.FaultDelay;
import dev.weft.xds.proto.FractionalPercent;
import dev.weft.xds.proto.FractionalPercent.DenominatorType;
import dev.weft.xds.proto.HTTPFault;
import dev.weft.xds.proto.HeaderMatcher;
import dev.weft.xds.proto.HeaderValue;
import dev.weft.xds.proto.HeaderValueOption;
import dev.weft.xds.proto.HeaderValueOption.HeaderAppendAction;
import dev.weft.xds.proto.HedgePolicy;
import dev.weft.xds.proto.RegexMatcher;
import dev.weft.xds.proto.RouteAction;
import dev.weft.xds.proto.RouteConfiguration;
import dev.weft.xds.proto.RouteMatch;
import dev.weft.xds.proto.StringMatcher;
import dev.weft.xds.proto.VirtualHost;
import dev.weft.xds.proto.WeightedCluster;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Fields of Envoy's config.route.v3, each with what becomes of it. */
class RouteTranslationTest {

  private static final RouteMatch ALL = RouteMatch.newBuilder().setPrefix("/").build();
  private static final RouteAction TO_V1 = RouteAction.newBuilder().setCluster("v1").build();

  // ---- RouteMatch.path_specifier, case_sensitive

  @Test
  void prefix() throws ResourceRefused {
    assertThat(path(RouteMatch.newBuilder().setPrefix("/a")))
        .as("case_sensitive is true by default")
        .isEqualTo(new StringMatch.Prefix("/a", false));
    assertThat(path(RouteMatch.newBuilder().setPrefix("/a").setCaseSensitive(BoolValue.of(false))))
        .isEqualTo(new StringMatch.Prefix("/a", true));
  }

  @Test
  void path() throws ResourceRefused {
    assertThat(path(RouteMatch.newBuilder().setPath("/a")))
        .isEqualTo(new StringMatch.Exact("/a", false));
  }

  @Test
  void safeRegex() throws ResourceRefused {
    StringMatch match =
        path(RouteMatch.newBuilder().setSafeRegex(RegexMatcher.newBuilder().setRegex("/a+")));
    assertThat(match.matches("/aa")).isTrue();
    assertThat(match.matches("/aa/b")).as("the whole path must match").isFalse();
    assertRefused(
        RouteMatch.newBuilder().setSafeRegex(RegexMatcher.newBuilder().setRegex("(")).build(),
        "match.safe_regex");
    assertRefused(
        RouteMatch.newBuilder()
            .setSafeRegex(RegexMatcher.newBuilder().setRegex("[[:alpha:]]+"))
            .build(),
        "RE2");
  }

  @Test
  void pathSeparatedPrefix() throws ResourceRefused {
    StringMatch match = path(RouteMatch.newBuilder().setPathSeparatedPrefix("/a.b"));
    assertThat(match.matches("/a.b")).isTrue();
    assertThat(match.matches("/a.b/c")).isTrue();
    assertThat(match.matches("/a.bc")).isFalse();
    assertThat(match.matches("/aXb")).isFalse();
  }

  @Test
  void aMatchThatIsNotReadRefusesTheTable() throws InvalidProtocolBufferException {
    // query_parameters = 7
    RouteMatch match = RouteMatch.parseFrom(ALL.toByteString().concat(unknown(7)));
    assertRefused(match, "virtual_hosts[0].routes[0].match: field 7 is not supported");
  }

  // ---- HeaderMatcher

  @Test
  void headerMatchers() throws ResourceRefused {
    assertThat(header(HeaderMatcher.newBuilder().setStringMatch(exact("x"))))
        .containsExactly(new HeaderMatch("h", new StringMatch.Exact("x", false), false));
    assertThat(
            header(
                HeaderMatcher.newBuilder()
                    .setStringMatch(StringMatcher.newBuilder().setSuffix("x").setIgnoreCase(true))))
        .containsExactly(new HeaderMatch("h", new StringMatch.Suffix("x", true), false));
    assertThat(header(HeaderMatcher.newBuilder().setPrefixMatch("x")))
        .containsExactly(new HeaderMatch("h", new StringMatch.Prefix("x", false), false));
    assertThat(
            header(HeaderMatcher.newBuilder().setContainsMatch(".")).get(0).match().matches("abc"))
        .isFalse();
  }

  @Test
  void headerPresence() throws ResourceRefused {
    HeaderMatch present = new HeaderMatch("h", new StringMatch.Present(), false);
    HeaderMatch absent = new HeaderMatch("h", new StringMatch.Present(), true);
    assertThat(header(HeaderMatcher.newBuilder())).containsExactly(present);
    assertThat(header(HeaderMatcher.newBuilder().setPresentMatch(true))).containsExactly(present);
    assertThat(header(HeaderMatcher.newBuilder().setPresentMatch(false))).containsExactly(absent);
    assertThat(header(HeaderMatcher.newBuilder().setPresentMatch(true).setInvertMatch(true)))
        .containsExactly(absent);
    assertThat(header(HeaderMatcher.newBuilder().setPresentMatch(false).setInvertMatch(true)))
        .containsExactly(present);
  }

  @Test
  void anInvertedValueNeedsTheHeaderUnlessItsAbsenceCountsAsEmpty() throws ResourceRefused {
    HeaderMatch not = new HeaderMatch("h", new StringMatch.Exact("x", false), true);
    assertThat(header(HeaderMatcher.newBuilder().setStringMatch(exact("x")).setInvertMatch(true)))
        .containsExactly(new HeaderMatch("h", new StringMatch.Present(), false), not);
    assertThat(
            header(
                HeaderMatcher.newBuilder()
                    .setStringMatch(exact("x"))
                    .setInvertMatch(true)
                    .setTreatMissingHeaderAsEmpty(true)))
        .containsExactly(not);
  }

  // ---- RouteAction

  @Test
  void timeout() throws ResourceRefused {
    assertThat(forward(TO_V1.toBuilder()).timeout())
        .as("unset: 15 s")
        .isEqualTo(java.time.Duration.ofSeconds(15));
    assertThat(forward(TO_V1.toBuilder().setTimeout(Duration.getDefaultInstance())).timeout())
        .as("0: none")
        .isNull();
    assertThat(forward(TO_V1.toBuilder().setTimeout(Duration.newBuilder().setNanos(5))).timeout())
        .isEqualTo(java.time.Duration.ofNanos(5));
  }

  @Test
  void weightedClusters() throws ResourceRefused {
    Route.Forward forward =
        forward(
            RouteAction.newBuilder()
                .setWeightedClusters(
                    WeightedCluster.newBuilder()
                        .addClusters(weight("v1", 90))
                        .addClusters(
                            weight("v2", 10)
                                .addRequestHeadersToAdd(
                                    option(
                                        "X-V", "2", HeaderAppendAction.OVERWRITE_IF_EXISTS_OR_ADD))
                                .addResponseHeadersToRemove("Server"))));
    assertThat(forward.destinations())
        .containsExactly(
            new Route.Destination("v1", 90, HeaderEdits.NONE, HeaderEdits.NONE),
            new Route.Destination(
                "v2",
                10,
                new HeaderEdits(List.of(), List.of(new Header("x-v", "2")), List.of()),
                new HeaderEdits(List.of("server"), List.of(), List.of())));
  }

  @Test
  void weightsMustHaveASum() {
    assertThatThrownBy(
            () ->
                forward(
                    RouteAction.newBuilder()
                        .setWeightedClusters(
                            WeightedCluster.newBuilder().addClusters(weight("v1", 0)))))
        .hasMessageContaining("weighted_clusters");
  }

  @Test
  void whatWouldSendElsewhereRefusesTheTable() throws InvalidProtocolBufferException {
    // prefix_rewrite = 5
    RouteAction rewriting = RouteAction.parseFrom(TO_V1.toByteString().concat(unknown(5)));
    assertThatThrownBy(() -> forward(rewriting.toBuilder()))
        .isInstanceOf(ResourceRefused.class)
        .hasMessage("catalog: virtual_hosts[0].routes[0].route: field 5 is not supported");
  }

  @Test
  void whatIsAnExtraIsNoted() throws Exception {
    // request_mirror_policies = 30
    RouteAction mirroring = RouteAction.parseFrom(TO_V1.toByteString().concat(unknown(30)));
    assertThat(translate(route(ALL, mirroring)).notes())
        .containsExactly(
            new Note(
                "catalog",
                "virtual_hosts[0].routes[0].route",
                "field 30 is not supported and has no effect"));
  }

  @Test
  void anUnknownActionRefusesTheTable() {
    assertThatThrownBy(() -> translate(dev.weft.xds.proto.Route.newBuilder().setMatch(ALL).build()))
        .isInstanceOf(ResourceRefused.class)
        .hasMessageContaining("virtual_hosts[0].routes[0]: no action");
  }

  // ---- RetryPolicy

  @Test
  void retryPolicy() throws ResourceRefused {
    assertThat(
            retry(
                dev.weft.xds.proto.RetryPolicy.newBuilder()
                    .setRetryOn("connect-failure, retriable-status-codes,telepathy")
                    .setNumRetries(UInt32Value.of(3))
                    .setPerTryTimeout(Duration.newBuilder().setSeconds(2))
                    .addRetriableStatusCodes(503)
                    .addRetryHostPredicate(
                        dev.weft.xds.proto.RetryPolicy.RetryHostPredicate.newBuilder()
                            .setName("envoy.retry_host_predicates.previous_hosts"))
                    .setRetryBackOff(
                        dev.weft.xds.proto.RetryPolicy.RetryBackOff.newBuilder()
                            .setBaseInterval(millis(10)))))
        .isEqualTo(
            new RetryPolicy(
                Set.of("connect-failure", "retriable-status-codes"),
                3,
                java.time.Duration.ofSeconds(2),
                java.time.Duration.ofMillis(10),
                java.time.Duration.ofMillis(100),
                Set.of(503),
                true,
                false));
  }

  @Test
  void retryDefaults() throws ResourceRefused {
    assertThat(retry(dev.weft.xds.proto.RetryPolicy.newBuilder().setRetryOn("5xx")))
        .isEqualTo(
            new RetryPolicy(
                Set.of("5xx"),
                1,
                null,
                java.time.Duration.ofMillis(25),
                java.time.Duration.ofMillis(250),
                Set.of(),
                false,
                false));
    assertThat(
            retry(
                dev.weft.xds.proto.RetryPolicy.newBuilder()
                    .setRetryOn("5xx")
                    .setNumRetries(UInt32Value.of(0))))
        .isNull();
    assertThat(retry(dev.weft.xds.proto.RetryPolicy.newBuilder())).isNull();
  }

  @Test
  void hedgePolicy() throws ResourceRefused {
    RouteAction.Builder retried =
        TO_V1.toBuilder()
            .setRetryPolicy(dev.weft.xds.proto.RetryPolicy.newBuilder().setRetryOn("5xx"));
    HedgePolicy policy = HedgePolicy.newBuilder().setHedgeOnPerTryTimeout(true).build();
    assertThat(forward(retried.setHedgePolicy(policy)).retry())
        .isNotNull()
        .matches(RetryPolicy::hedgeOnPerTryTimeout);
    RouteConfiguration ofHost =
        configuration(route(ALL, retried.clearHedgePolicy().build())).toBuilder()
            .setVirtualHosts(
                0,
                configuration(route(ALL, retried.build())).getVirtualHosts(0).toBuilder()
                    .setHedgePolicy(policy))
            .build();
    assertThat(((Route.Forward) only(read(ofHost)).action()).retry())
        .isNotNull()
        .matches(RetryPolicy::hedgeOnPerTryTimeout);
  }

  @Test
  void aVirtualHostsRetryPolicyIsTheRoutesDefault() throws ResourceRefused {
    RouteConfiguration source =
        configuration(route(ALL, TO_V1)).toBuilder()
            .setVirtualHosts(
                0,
                configuration(route(ALL, TO_V1)).getVirtualHosts(0).toBuilder()
                    .setRetryPolicy(dev.weft.xds.proto.RetryPolicy.newBuilder().setRetryOn("5xx")))
            .build();
    Route.Forward forward = (Route.Forward) only(read(source)).action();
    assertThat(forward.retry()).isNotNull();
  }

  // ---- DirectResponseAction, headers

  @Test
  void directResponse() throws ResourceRefused {
    Route route =
        only(
            translate(
                dev.weft.xds.proto.Route.newBuilder()
                    .setMatch(ALL)
                    .setDirectResponse(
                        DirectResponseAction.newBuilder()
                            .setStatus(418)
                            .setBody(DataSource.newBuilder().setInlineString("short and stout")))
                    .build()));
    assertThat(route.action()).isEqualTo(new Route.Respond(418, List.of(), "short and stout"));
  }

  @Test
  void headerEdits() throws ResourceRefused {
    Translation<RouteResource> translation =
        translate(
            route(ALL, TO_V1).toBuilder()
                .addRequestHeadersToRemove("X-Gone")
                .addRequestHeadersToAdd(
                    option("A", "1", HeaderAppendAction.APPEND_IF_EXISTS_OR_ADD))
                .addRequestHeadersToAdd(
                    option("B", "100%%", HeaderAppendAction.OVERWRITE_IF_EXISTS_OR_ADD))
                .addRequestHeadersToAdd(
                    option("C", "%REQ(:path)%", HeaderAppendAction.APPEND_IF_EXISTS_OR_ADD))
                .addRequestHeadersToAdd(
                    HeaderValueOption.newBuilder()
                        .setHeader(HeaderValue.newBuilder().setKey("d").setValue("4"))
                        .setAppend(BoolValue.of(false)))
                .build());
    assertThat(only(translation).requestHeaders())
        .isEqualTo(
            new HeaderEdits(
                List.of("x-gone"),
                List.of(new Header("b", "100%"), new Header("d", "4")),
                List.of(new Header("a", "1"))));
    assertThat(translation.notes())
        .extracting(Note::field)
        .singleElement()
        .asString()
        .contains("[c]");
  }

  /** Envoy, header manipulation: route, then virtual host, then all; and in the order written. */
  @Test
  void theLeastSpecificLevelsHeadersWin() throws ResourceRefused {
    RouteConfiguration source =
        configuration(
                route(ALL, TO_V1).toBuilder()
                    .addRequestHeadersToAdd(
                        option("a", "route", HeaderAppendAction.OVERWRITE_IF_EXISTS_OR_ADD))
                    .addRequestHeadersToAdd(
                        option("b", "route", HeaderAppendAction.APPEND_IF_EXISTS_OR_ADD))
                    .addRequestHeadersToAdd(
                        option("c", "first", HeaderAppendAction.OVERWRITE_IF_EXISTS_OR_ADD))
                    .addRequestHeadersToAdd(
                        option("c", "last", HeaderAppendAction.OVERWRITE_IF_EXISTS_OR_ADD))
                    .build())
            .toBuilder()
            .addRequestHeadersToRemove("B")
            .addRequestHeadersToAdd(
                option("a", "all", HeaderAppendAction.OVERWRITE_IF_EXISTS_OR_ADD))
            .build();
    assertThat(only(read(source)).requestHeaders())
        .isEqualTo(
            new HeaderEdits(
                List.of("b"), List.of(new Header("c", "last"), new Header("a", "all")), List.of()));
  }

  // ---- typed_per_filter_config["envoy.filters.http.fault"]

  @Test
  void fault() throws ResourceRefused {
    HTTPFault fault =
        HTTPFault.newBuilder()
            .setDelay(
                FaultDelay.newBuilder()
                    .setFixedDelay(Duration.newBuilder().setSeconds(7))
                    .setPercentage(percent(50, DenominatorType.HUNDRED)))
            .setAbort(
                FaultAbort.newBuilder()
                    .setHttpStatus(503)
                    .setPercentage(percent(25, DenominatorType.TEN_THOUSAND)))
            .build();
    assertThat(fault(fault))
        .isEqualTo(new FaultPolicy(java.time.Duration.ofSeconds(7), 500_000, 503, 2_500));
    assertThat(
            fault(
                fault.toBuilder()
                    .setAbort(
                        fault.getAbort().toBuilder()
                            .setPercentage(percent(7, DenominatorType.MILLION)))
                    .build()))
        .isEqualTo(new FaultPolicy(java.time.Duration.ofSeconds(7), 500_000, 503, 7));
  }

  @Test
  void aFaultNarrowedToSomeRequestsIsLeftOut() throws ResourceRefused {
    HTTPFault narrowed =
        HTTPFault.newBuilder()
            .setAbort(FaultAbort.newBuilder().setHttpStatus(503))
            .addHeaders(HeaderMatcher.newBuilder().setName("x"))
            .build();
    assertThat(fault(narrowed)).isNull();
  }

  // ---- building blocks

  private static StringMatch path(RouteMatch.Builder match) throws ResourceRefused {
    return only(translate(route(match.build(), TO_V1))).match().path();
  }

  private static List<HeaderMatch> header(HeaderMatcher.Builder matcher) throws ResourceRefused {
    RouteMatch match = ALL.toBuilder().addHeaders(matcher.setName("H")).build();
    return only(translate(route(match, TO_V1))).match().headers();
  }

  private static Route.Forward forward(RouteAction.Builder action) throws ResourceRefused {
    return (Route.Forward) only(translate(route(ALL, action.build()))).action();
  }

  private static @Nullable RetryPolicy retry(dev.weft.xds.proto.RetryPolicy.Builder policy)
      throws ResourceRefused {
    return forward(TO_V1.toBuilder().setRetryPolicy(policy)).retry();
  }

  private static @Nullable FaultPolicy fault(HTTPFault fault) throws ResourceRefused {
    return only(translate(
            route(ALL, TO_V1).toBuilder()
                .putTypedPerFilterConfig(
                    "envoy.filters.http.fault",
                    any("envoy.extensions.filters.http.fault.v3.HTTPFault", fault))
                .build()))
        .fault();
  }

  private static void assertRefused(RouteMatch match, String why) {
    assertThatThrownBy(() -> translate(route(match, TO_V1)))
        .isInstanceOf(ResourceRefused.class)
        .hasMessageContaining(why);
  }

  private static dev.weft.xds.proto.Route route(RouteMatch match, RouteAction action) {
    return dev.weft.xds.proto.Route.newBuilder().setMatch(match).setRoute(action).build();
  }

  private static RouteConfiguration configuration(dev.weft.xds.proto.Route route) {
    return RouteConfiguration.newBuilder()
        .setName("catalog")
        .addVirtualHosts(VirtualHost.newBuilder().addDomains("*").addRoutes(route))
        .build();
  }

  private static Translation<RouteResource> translate(dev.weft.xds.proto.Route route)
      throws ResourceRefused {
    return read(configuration(route));
  }

  private static Translation<RouteResource> read(RouteConfiguration source) throws ResourceRefused {
    return Translation.route("catalog", any("envoy.config.route.v3.RouteConfiguration", source));
  }

  private static Route only(Translation<RouteResource> translation) {
    return translation.value().table().virtualHosts().get(0).routes().get(0);
  }

  private static WeightedCluster.ClusterWeight.Builder weight(String name, int weight) {
    return WeightedCluster.ClusterWeight.newBuilder()
        .setName(name)
        .setWeight(UInt32Value.of(weight));
  }

  private static HeaderValueOption option(String name, String value, HeaderAppendAction action) {
    return HeaderValueOption.newBuilder()
        .setHeader(HeaderValue.newBuilder().setKey(name).setValue(value))
        .setAppendAction(action)
        .build();
  }

  private static StringMatcher exact(String value) {
    return StringMatcher.newBuilder().setExact(value).build();
  }

  private static FractionalPercent percent(int numerator, DenominatorType denominator) {
    return FractionalPercent.newBuilder()
        .setNumerator(numerator)
        .setDenominator(denominator)
        .build();
  }

  private static Duration millis(int millis) {
    return Duration.newBuilder().setNanos(millis * 1_000_000).build();
  }

  private static Any any(String type, MessageLite message) {
    return Any.newBuilder()
        .setTypeUrl("type.googleapis.com/" + type)
        .setValue(message.toByteString())
        .build();
  }

  /** An empty length-delimited field. */
  private static ByteString unknown(int number) {
    int tag = (number << 3) | 2;
    return tag < 128
        ? ByteString.copyFrom(new byte[] {(byte) tag, 0})
        : ByteString.copyFrom(new byte[] {(byte) ((tag & 0x7f) | 0x80), (byte) (tag >> 7), 0});
  }
}
