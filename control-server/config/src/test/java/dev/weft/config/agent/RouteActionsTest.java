package dev.weft.config.agent;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.weft.config.Fixtures;
import io.envoyproxy.envoy.config.route.v3.DirectResponseAction;
import io.envoyproxy.envoy.config.route.v3.RedirectAction;
import io.envoyproxy.envoy.config.route.v3.RedirectAction.RedirectResponseCode;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.extensions.filters.http.cors.v3.CorsPolicy;
import io.envoyproxy.envoy.extensions.retry.priority.previous_priorities.v3.PreviousPrioritiesConfig;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What Istio's HTTPRoute does with requests, as {@code pilot/pkg/networking/core/route} has it. */
class RouteActionsTest {

  private static final String TO_A = "route: [{destination: {host: a}}]";

  private static String virtualService(String name, String spec) {
    return """
        ---
        apiVersion: networking.istio.io/v1
        kind: VirtualService
        metadata: {name: %s, namespace: shop}
        spec: %s
        """
        .formatted(name, spec);
  }

  private static Chain chain(String yaml) {
    return new AgentGenerator(Fixtures.model(yaml, Fixtures.workload("a", "v1", "10.0.0.1", 8080)))
        .listenerChain(Fixtures.client("b"), "a:8080")
        .orElseThrow();
  }

  private static List<Route> routes(String yaml) {
    return chain(yaml).routes().getVirtualHosts(0).getRoutesList();
  }

  private static Route rule(String rule) {
    return routes(virtualService("r", "{hosts: [a], http: [{" + rule + "}]}")).get(0);
  }

  @Test
  void rewrites() {
    RouteAction action =
        rule(TO_A + ", match: [{uri: {prefix: /a}}], rewrite: {uri: /b, authority: c.d}")
            .getRoute();
    assertThat(action.getPrefixRewrite()).isEqualTo("/b");
    assertThat(action.getHostRewriteLiteral()).isEqualTo("c.d");
    action =
        rule(TO_A + ", rewrite: {uriRegexRewrite: {match: '/a/(.*)', rewrite: '/b/\\1'}}")
            .getRoute();
    assertThat(action.getRegexRewrite().getPattern().getRegex()).isEqualTo("/a/(.*)");
    assertThat(action.getRegexRewrite().getSubstitution()).isEqualTo("/b/\\1");
  }

  /** {@code isAuthorityHeader}: that set before that added, and a rewrite before both. */
  @Test
  void editsOfTheHostHeaderRewriteTheAuthority() {
    assertThat(
            rule(TO_A + ", headers: {request: {set: {host: s}, add: {':authority': t}}}")
                .getRoute()
                .getHostRewriteLiteral())
        .isEqualTo("s");
    assertThat(
            rule(TO_A + ", rewrite: {authority: r}, headers: {request: {set: {host: s}}}")
                .getRoute()
                .getHostRewriteLiteral())
        .isEqualTo("r");
    Route route =
        rule(
            "route: [{destination: {host: a}, weight: 1,"
                + " headers: {request: {set: {Host: d, x-y: z}}}}]");
    var share = route.getRoute().getWeightedClusters().getClusters(0);
    assertThat(share.getHostRewriteLiteral()).isEqualTo("d");
    assertThat(share.getRequestHeadersToAddList())
        .extracting(option -> option.getHeader().getKey())
        .containsExactly("x-y");
  }

  @ParameterizedTest
  @CsvSource({
    "'uri: /b', '', 0, /b, MOVED_PERMANENTLY",
    "'authority: c, redirectCode: 307', '', 0, '', TEMPORARY_REDIRECT",
    "'scheme: https, port: 443', https, 0, '', MOVED_PERMANENTLY",
    "'scheme: https, port: 8443', https, 8443, '', MOVED_PERMANENTLY",
    "'port: 80', '', 0, '', MOVED_PERMANENTLY",
    "'derivePort: FROM_REQUEST_PORT', '', 8080, '', MOVED_PERMANENTLY",
    "'derivePort: FROM_PROTOCOL_DEFAULT', '', 0, '', MOVED_PERMANENTLY"
  })
  void redirects(String redirect, String scheme, int port, String path, RedirectResponseCode code) {
    RedirectAction action = rule("redirect: {" + redirect + "}").getRedirect();
    assertThat(action.getSchemeRedirect()).isEqualTo(scheme);
    assertThat(action.getPortRedirect()).isEqualTo(port);
    assertThat(action.getPathRedirect()).isEqualTo(path);
    assertThat(action.getResponseCode()).isEqualTo(code);
  }

  @Test
  void directResponse() {
    DirectResponseAction action =
        rule("directResponse: {status: 418, body: {bytes: c2hvcnQ=}}").getDirectResponse();
    assertThat(action.getStatus()).isEqualTo(418);
    assertThat(action.getBody().getInlineString()).isEqualTo("short");
    assertThat(
            rule("directResponse: {status: 200, body: {bytes: /wD+}}")
                .getDirectResponse()
                .getBody()
                .getInlineBytes()
                .toByteArray())
        .as("no text")
        .containsExactly(0xff, 0x00, 0xfe);
  }

  @Test
  void redirectsToAnotherPrefix() {
    RedirectAction action =
        rule("match: [{uri: {prefix: /a}}], redirect: {prefixRewrite: /b}").getRedirect();
    assertThat(action.getPrefixRewrite()).isEqualTo("/b");
    assertThat(action.hasPathRedirect()).isFalse();
  }

  @Test
  void mirrors() {
    Chain chain =
        chain(
            virtualService(
                "r",
                "{hosts: [a], http: [{"
                    + TO_A
                    + ", mirrors: [{destination: {host: b, port: {number: 9}}},"
                    + " {destination: {host: a, subset: v2}, percentage: {value: 2.5}},"
                    + " {destination: {host: c}, percentage: {value: 0}}]}]}"));
    List<RouteAction.RequestMirrorPolicy> mirrors =
        chain.routes().getVirtualHosts(0).getRoutes(0).getRoute().getRequestMirrorPoliciesList();
    assertThat(mirrors)
        .extracting(RouteAction.RequestMirrorPolicy::getCluster)
        .containsExactly(
            "outbound|9||b.shop.svc.cluster.local", "outbound|8080|v2|a.shop.svc.cluster.local");
    assertThat(mirrors.get(0).getRuntimeFraction().getDefaultValue().getNumerator())
        .isEqualTo(1_000_000);
    assertThat(mirrors.get(1).getRuntimeFraction().getDefaultValue().getNumerator())
        .isEqualTo(25_000);
  }

  /** HTTPRoute.mirror; {@code mirrorPercentage} before the deprecated two, and all without any. */
  @ParameterizedTest
  @CsvSource({
    "'', 1000000",
    "', mirrorPercentage: {value: 2.5}, mirrorPercent: 7', 25000",
    "', mirrorPercent: 7', 70000",
    "', mirror_percent: 8', 80000"
  })
  void theOlderFormsOfAMirror(String share, int millionths) {
    assertThat(
            rule(TO_A + ", mirror: {host: a, subset: v2}" + share)
                .getRoute()
                .getRequestMirrorPoliciesList())
        .singleElement()
        .returns(
            "outbound|8080|v2|a.shop.svc.cluster.local",
            RouteAction.RequestMirrorPolicy::getCluster)
        .returns(
            millionths, mirror -> mirror.getRuntimeFraction().getDefaultValue().getNumerator());
  }

  @Test
  void corsPolicy() throws InvalidProtocolBufferException {
    CorsPolicy policy =
        rule(TO_A
                + ", corsPolicy: {allowOrigins: [{regex: 'https?://a'}], allowMethods: [GET, PUT],"
                + " maxAge: 1h, allowCredentials: true, unmatchedPreflights: IGNORE}")
            .getTypedPerFilterConfigOrThrow("envoy.filters.http.cors")
            .unpack(CorsPolicy.class);
    assertThat(policy.getAllowOriginStringMatch(0).getSafeRegex().getRegex())
        .isEqualTo("https?://a");
    assertThat(policy.getAllowMethods()).isEqualTo("GET,PUT");
    assertThat(policy.getMaxAge()).isEqualTo("3600");
    assertThat(policy.getAllowCredentials().getValue()).isTrue();
    assertThat(policy.getForwardNotMatchingPreflights().getValue()).isFalse();
    assertThat(policy.getFilterEnabled().getDefaultValue().getNumerator()).isEqualTo(100);
  }

  @Test
  void queryParameters() {
    var parameters =
        rule(TO_A + ", match: [{queryParams: {a: {exact: b}, c: {}}}]")
            .getMatch()
            .getQueryParametersList();
    assertThat(parameters.get(0).getStringMatch().getExact()).isEqualTo("b");
    assertThat(parameters.get(1).getPresentMatch()).isTrue();
  }

  /** {@code pilot/pkg/model/virtualservice.go}, mergeHTTPRoutes. */
  @Test
  void delegates() {
    List<Route> routes =
        routes(
            virtualService(
                    "root",
                    "{hosts: [a], http: [{name: root, match: [{uri: {prefix: /a}}], timeout: 3s,"
                        + " headers: {request: {set: {x: root, y: root}}},"
                        + " retries: {attempts: 7, retryRemoteLocalities: true},"
                        + " fault: {abort: {httpStatus: 500}},"
                        + " corsPolicy: {allowMethods: [GET]},"
                        + " rewrite: {uri: /root}, mirrors: [{destination: {host: m}}],"
                        + " delegate: {name: leaf}}, {name: rest, "
                        + TO_A
                        + "}]}")
                + virtualService(
                    "leaf",
                    "{http: ["
                        + "{name: within, match: [{uri: {prefix: /a/b}}], "
                        + TO_A
                        + ", headers: {request: {set: {x: leaf}}}},"
                        + "{name: beyond, match: [{uri: {prefix: /c}}], "
                        + TO_A
                        + "},{name: partly, match: [{uri: {prefix: /a/d}}, {uri: {prefix: /c}}], "
                        + TO_A
                        + "},{name: all, timeout: 1s, rewrite: {authority: leaf},"
                        + " mirror: {host: n}, retries: {attempts: 1}, "
                        + TO_A
                        + "}]}"));
    assertThat(routes)
        .extracting(Route::getName)
        .containsExactly("root-within", "root-all", "rest");
    Route within = routes.get(0);
    assertThat(within.getMatch().getPrefix()).isEqualTo("/a/b");
    assertThat(within.getRoute().getTimeout().getSeconds()).as("the root's").isEqualTo(3);
    assertThat(within.getRequestHeadersToAddList())
        .extracting(it -> it.getHeader().getKey() + "=" + it.getHeader().getValue())
        .as("the delegate's, whole")
        .containsExactly("x=leaf");
    assertThat(within.getRoute().getPrefixRewrite()).isEqualTo("/root");
    assertThat(within.getRoute().getRetryPolicy().getNumRetries().getValue()).isEqualTo(7);
    assertThat(within.getTypedPerFilterConfigMap())
        .containsOnlyKeys("envoy.filters.http.cors", "envoy.filters.http.fault");
    assertThat(within.getRoute().getRequestMirrorPolicies(0).getCluster()).contains("|m.");
    Route all = routes.get(1);
    assertThat(all.getMatch().getPrefix()).isEqualTo("/a");
    assertThat(all.getRoute().getTimeout().getSeconds()).isEqualTo(1);
    assertThat(all.getRoute().getPrefixRewrite()).as("the delegate's, whole").isEmpty();
    assertThat(all.getRoute().getHostRewriteLiteral()).isEqualTo("leaf");
    assertThat(all.getRoute().getRetryPolicy().getNumRetries().getValue()).isEqualTo(1);
    assertThat(all.getRoute().getRequestMirrorPoliciesList())
        .singleElement()
        .satisfies(mirror -> assertThat(mirror.getCluster()).contains("|n."));
    assertThat(all.getRequestHeadersToAddList())
        .extracting(it -> it.getHeader().getKey() + "=" + it.getHeader().getValue())
        .as("the root's")
        .containsExactly("x=root", "y=root");
  }

  /** {@code pilot/pkg/networking/core/route/retry/retry.go}. */
  @Test
  void retryRemoteLocalities() throws InvalidProtocolBufferException {
    var priority =
        rule(TO_A + ", retries: {attempts: 3, retryRemoteLocalities: true}")
            .getRoute()
            .getRetryPolicy()
            .getRetryPriority();
    assertThat(priority.getName()).isEqualTo("envoy.retry_priorities.previous_priorities");
    assertThat(
            priority.getTypedConfig().unpack(PreviousPrioritiesConfig.class).getUpdateFrequency())
        .isEqualTo(2);
    assertThat(
            rule(TO_A + ", retries: {attempts: 3}").getRoute().getRetryPolicy().hasRetryPriority())
        .isFalse();
  }

  /** HTTPRetry.retry_ignore_previous_hosts: true unless it says false. */
  @Test
  void retryIgnorePreviousHosts() {
    assertThat(previousHosts("attempts: 3"))
        .containsExactly("envoy.retry_host_predicates.previous_hosts");
    assertThat(previousHosts("attempts: 3, retryIgnorePreviousHosts: true")).hasSize(1);
    assertThat(previousHosts("attempts: 3, retryIgnorePreviousHosts: false")).isEmpty();
  }

  private static List<String> previousHosts(String retries) {
    return rule(TO_A + ", retries: {" + retries + "}")
        .getRoute()
        .getRetryPolicy()
        .getRetryHostPredicateList()
        .stream()
        .map(predicate -> predicate.getName())
        .toList();
  }
}
