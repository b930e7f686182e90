package dev.weft.engine.outbound;

import static dev.weft.engine.EngineFixture.LISTENER;
import static dev.weft.engine.Model.forward;
import static dev.weft.engine.Model.header;
import static dev.weft.engine.Model.prefix;
import static dev.weft.engine.Model.route;
import static dev.weft.engine.Model.to;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.engine.EngineFixture;
import dev.weft.engine.FakeRequest;
import dev.weft.engine.Model;
import dev.weft.engine.model.HeaderMatch;
import dev.weft.engine.model.RouteTable;
import dev.weft.engine.model.RouteTable.VirtualHost;
import dev.weft.engine.model.StringMatch;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Envoy, VirtualHost.domains and RouteMatch. */
class RoutingTest {

  private static @Nullable String routed(RouteTable table, FakeRequest request) {
    CompiledRoute found = new RoutingTable(LISTENER, table, RouteLimits.NONE).route(request);
    return found == null ? null : found.name;
  }

  private static VirtualHost virtualHost(String name, String... domains) {
    return new VirtualHost(name, List.of(domains), List.of(route(name, forward("c"))));
  }

  @ParameterizedTest
  @CsvSource({
    "shop.example.com, exact",
    "SHOP.example.com, exact",
    "shop.example.com:8080, exact",
    "shop.example.com:9090, exact with port",
    "a.shop.example.com, longer suffix",
    "a.shop.example.com:1, longer suffix",
    "b.example.com, shorter suffix",
    ".example.com, own",
    "shop.example.org, prefix",
    "shop.example.net, prefix",
    "catalog, own",
    "10.1.2.3:8080, own",
    "[::1]:8080, own"
  })
  void findsTheMostSpecificVirtualHost(String authority, String expected) {
    RouteTable table =
        new RouteTable(
            "t",
            List.of(
                virtualHost("own", EngineFixture.HOST),
                virtualHost("shorter suffix", "*.example.com"),
                virtualHost("longer suffix", "*.shop.example.com"),
                virtualHost("prefix", "shop.example.*"),
                virtualHost("exact with port", "shop.example.com:9090"),
                virtualHost("exact", "Shop.example.com")));
    FakeRequest request = new FakeRequest();
    request.authority = authority;
    assertThat(routed(table, request)).isEqualTo(expected);
  }

  @Test
  void fallsBackToTheAsteriskFirst() {
    RouteTable table =
        new RouteTable(
            "t", List.of(virtualHost("own", EngineFixture.HOST), virtualHost("any", "*")));
    FakeRequest request = new FakeRequest();
    request.authority = "unheard.of";
    assertThat(routed(table, request)).isEqualTo("any");
  }

  @ParameterizedTest
  @CsvSource({
    "GET, /exact, , exact",
    "GET, /exact?q=1, , exact",
    "GET, /exactly, , rest",
    "GET, /api, , prefix",
    "GET, /api/v1?x, , prefix",
    "GET, /API, , rest",
    "GET, /CASE/x, , ignoring case",
    "GET, /item/12, , regex",
    "GET, /item/12/x, , rest",
    "GET, /item/12?x, , regex",
    "POST, /exact, , method",
    "GET, /exact, true, header",
    "GET, /exact, false, exact"
  })
  void takesTheFirstRouteThatMatches(String method, String path, String canary, String expected) {
    RouteTable table =
        new RouteTable(
            "t",
            List.of(
                new VirtualHost(
                    "v",
                    List.of("*"),
                    List.of(
                        route("method", prefix("/"), forward("c"), header(":method", "POST")),
                        route("header", prefix("/"), forward("c"), header("canary", "true")),
                        route("exact", new StringMatch.Exact("/exact", false), forward("c")),
                        route("prefix", prefix("/api"), forward("c")),
                        route("ignoring case", new StringMatch.Prefix("/case", true), forward("c")),
                        route("regex", Model.regex("/item/[0-9]+"), forward("c")),
                        route("rest", forward("c"))))));
    FakeRequest request = new FakeRequest().path(path);
    request.method = method;
    if (canary != null) {
      request.header("canary", canary);
    }
    assertThat(routed(table, request)).isEqualTo(expected);
  }

  /** Envoy, HeaderMatcher: an absent header matches only if inverted. */
  @ParameterizedTest
  @CsvSource({
    "exact, false, , false",
    "exact, true, , true",
    "exact, false, a, true",
    "exact, true, a, false",
    "exact, false, b, false",
    "exact, true, b, true",
    "present, false, , false",
    "present, true, , true",
    "present, false, '', true",
    "present, true, x, false"
  })
  void matchesHeaders(String kind, boolean invert, @Nullable String value, boolean matches) {
    StringMatch match =
        kind.equals("exact") ? new StringMatch.Exact("a", false) : new StringMatch.Present();
    HeaderCondition condition = HeaderCondition.of(new HeaderMatch("x", match, invert));
    FakeRequest request = new FakeRequest();
    if (value != null) {
      request.header("x", value);
    }
    assertThat(condition.holds(request)).isEqualTo(matches);
  }

  @Test
  void readsPseudoHeaders() {
    FakeRequest request = new FakeRequest();
    assertThat(HeaderCondition.of(header(":scheme", "http")).holds(request)).isTrue();
    assertThat(HeaderCondition.of(header(":authority", "catalog:8080")).holds(request)).isTrue();
    assertThat(HeaderCondition.of(header(":path", "/items?page=1")).holds(request)).isTrue();
  }

  /** Envoy, WeightedCluster. */
  @Test
  void splitsByWeight() {
    EngineFixture mesh = new EngineFixture();
    mesh.configure(
        List.of(
            route("split", forward(List.of(to("v1", 90), to("v2", 10), to("v3", 0)), null, null))),
        Model.cluster("v1", 1001),
        Model.cluster("v2", 1002),
        Model.cluster("v3", 1003));
    int[] hits = new int[3];
    for (int i = 0; i < 10_000; i++) {
      hits[EngineFixture.port(EngineFixture.send(mesh.call())) - 1001]++;
    }
    assertThat(hits[0]).isBetween(8850, 9150);
    assertThat(hits[1]).isEqualTo(10_000 - hits[0]);
  }
}
