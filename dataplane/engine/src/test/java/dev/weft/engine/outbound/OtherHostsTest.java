package dev.weft.engine.outbound;

import static dev.weft.engine.EngineFixture.await;
import static dev.weft.engine.EngineFixture.respond;
import static dev.weft.engine.EngineFixture.send;
import static dev.weft.engine.Model.cluster;
import static dev.weft.engine.Model.forward;
import static dev.weft.engine.Model.route;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.engine.Answer;
import dev.weft.engine.EngineFixture;
import dev.weft.engine.FakeRequest;
import dev.weft.engine.RequestContext;
import dev.weft.engine.ResponseFlag;
import dev.weft.engine.model.Cluster;
import dev.weft.engine.model.MeshHost;
import dev.weft.engine.model.MeshHosts;
import dev.weft.engine.model.MeshSnapshot;
import dev.weft.engine.model.OtherHosts;
import dev.weft.engine.model.Route;
import dev.weft.engine.model.RouteTable;
import dev.weft.engine.model.RouteTable.VirtualHost;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Calls to hosts that nobody declares, and to hosts that are declared by the many. */
class OtherHostsTest {

  private static final Route BLOCK = route("block_all", new Route.Respond(502, List.of(), ""));

  private final EngineFixture mesh = new EngineFixture();

  private void others(OtherHosts others, Map<String, RouteTable> routes, Cluster... clusters) {
    MeshHost catalog = new MeshHost("catalog", List.of("10.0.0.7"), List.of(8080));
    MeshHost wildcard = new MeshHost("*.example.com", List.of(), List.of(8080));
    MeshHost wide = new MeshHost("wide", List.of("10.0.0.0/8"), List.of(8080));
    MeshHost narrow = new MeshHost("narrow", List.of("10.1.0.0/16"), List.of(8080, 8081));
    MeshHosts hosts =
        MeshHosts.builder()
            .host(catalog)
            .host(wildcard)
            .host(wide)
            .host(narrow)
            .others(others)
            .build();
    mesh.engine.update(
        new MeshSnapshot(
            hosts,
            routes,
            Stream.of(clusters).collect(Collectors.toMap(Cluster::name, cluster -> cluster)),
            Map.of()));
  }

  private static Map<String, RouteTable> all(Route route) {
    return Map.of(
        "*:0",
        new RouteTable("*:0", List.of(new VirtualHost("all", List.of("*"), List.of(route)))));
  }

  /** Istio's block_all is a direct response, which sets no response flag. */
  @ParameterizedTest
  @ValueSource(strings = {"elsewhere.test", "elsewhere", "192.0.2.1", "2001:db8::1"})
  void aBlockedCallIsAnswered(String host) {
    others(OtherHosts.BLOCKED, all(BLOCK));
    OutboundCall call = mesh.call(new FakeRequest().host(host));
    Answer answer = respond(call);
    assertThat(answer.status()).isEqualTo(502);
    assertThat(answer.flag()).isEqualTo(ResponseFlag.NONE);
    assertThat(call.routeName()).isEqualTo("block_all");
    assertThat(mesh.telemetry.events.get(mesh.telemetry.events.size() - 1))
        .startsWith("call ended 502 ");
  }

  @Test
  void aDeclaredHostsOtherPortsAreNobodys() {
    others(OtherHosts.BLOCKED, all(BLOCK));
    FakeRequest request = new FakeRequest().host("catalog");
    request.port = 9090;
    assertThat(respond(mesh.call(request)).status()).isEqualTo(502);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"localhost", "LOCALHOST", "127.0.0.1", "127.8.8.8", "::1", "0.0.0.0", "::"})
  void loopbackIsLeftAlone(String host) {
    others(OtherHosts.BLOCKED, all(BLOCK));
    assertThat(mesh.engine.outbound(new FakeRequest().host(host))).isNull();
    assertThat(mesh.engine.forbids(host, 443)).isFalse();
  }

  /** Istio redirects no "app calls to back itself". */
  @Test
  void theWorkloadsOwnAddressIsLeftAlone() {
    others(OtherHosts.BLOCKED, all(BLOCK));
    FakeRequest request = new FakeRequest().host("10.1.2.3");
    request.port = 9090;
    assertThat(mesh.engine.outbound(request)).isNull();
    assertThat(mesh.engine.forbids("10.1.2.3", 9090)).isFalse();
    assertThat(mesh.engine.forbids("10.1.2.4", 9090)).isTrue();
  }

  @Test
  void weftsOwnCallsAreLeftAlone() {
    others(OtherHosts.BLOCKED, all(BLOCK));
    RequestContext before = RequestContext.swap(RequestContext.OWN);
    try {
      assertThat(mesh.engine.outbound(new FakeRequest().host("collector.test"))).isNull();
      assertThat(mesh.engine.forbids("collector.test", 443)).isFalse();
    } finally {
      RequestContext.swap(before);
    }
  }

  @Test
  void theFirstWaitsForTheListenerOfAllOthers() {
    others(OtherHosts.BLOCKED, Map.of());
    OutboundCall call = mesh.call(new FakeRequest().host("elsewhere.test"));
    assertThat(await(call)).isNotDone();
    assertThat(mesh.demanded).containsExactly("*:0");
    others(OtherHosts.BLOCKED, all(BLOCK));
    mesh.answered.complete(null);
    assertThat(respond(call).status()).isEqualTo(502);
  }

  /** A declared host whose listener doesn't exist is left alone, as it was before. */
  @Test
  void whatIsDeclaredAndLeftAloneIsNotBlocked() {
    others(OtherHosts.BLOCKED, Map.of("catalog:8080", RouteTable.MISSING));
    assertThat(mesh.engine.outbound(new FakeRequest().host("catalog"))).isNull();
  }

  @ParameterizedTest
  @CsvSource({
    "BLOCKED, elsewhere.test, 443, true",
    "BLOCKED, catalog, 443, true",
    "BLOCKED, catalog, 8080, false",
    "BLOCKED, a.example.com., 8080, false",
    "BLOCKED, 10.1.2.3, 8081, false",
    "BLOCKED, 10.2.2.3, 8081, true",
    "PROXIED, elsewhere.test, 443, false",
    "LEFT_ALONE, elsewhere.test, 443, false"
  })
  void whatTheApplicationEncryptsMayBeForbidden(
      OtherHosts others, String host, int port, boolean forbidden) {
    others(others, Map.of());
    assertThat(mesh.engine.forbids(host, port)).isEqualTo(forbidden);
  }

  @Test
  void beforeNamesAreKnownNothingIsForbidden() {
    assertThat(mesh.engine.forbids("elsewhere.test", 443)).isFalse();
    assertThat(mesh.engine.outbound(new FakeRequest().host("elsewhere.test"))).isNull();
  }

  @Test
  void anEgressProxyGetsThem() {
    others(OtherHosts.PROXIED, all(route("allow_any", forward("proxy"))), cluster("proxy", 1001));
    Attempt attempt = send(mesh.call(new FakeRequest().host("elsewhere.test")));
    assertThat(EngineFixture.port(attempt)).isEqualTo(1001);
  }

  /**
   * Each of its hosts may lead elsewhere: a listener of a wildcard or a range is the call's own.
   */
  @ParameterizedTest
  @CsvSource({
    "a.example.com, a.example.com:8080",
    "B.Example.com., b.example.com:8080",
    "10.1.2.3, 10.1.2.3:8080",
    "10.0.0.7, catalog:8080"
  })
  void theListenerOfManyHostsIsNamedByTheCalledOne(String host, String listener) {
    others(OtherHosts.LEFT_ALONE, Map.of());
    assertThat(await(mesh.call(new FakeRequest().host(host)))).isNotDone();
    assertThat(mesh.demanded).containsExactly(listener);
  }

  /** Those beyond share what there is for all of them: never plaintext, never unrouted. */
  @Test
  void ofManyHostsNotAllAreHeld() {
    Map<String, RouteTable> held = new HashMap<>();
    for (int i = 0; i < OutboundSnapshot.MOST_HOSTS; i++) {
      held.put("h" + i + ".example.com:8080", all(BLOCK).get("*:0"));
    }
    others(OtherHosts.LEFT_ALONE, held);
    assertThat(mesh.engine.outbound(new FakeRequest().host("h1.example.com"))).isNotNull();
    assertThat(await(mesh.call(new FakeRequest().host("other.example.com")))).isNotDone();
    assertThat(mesh.demanded).containsExactly("*.example.com:8080");

    held.put("*.example.com:8080", all(BLOCK).get("*:0"));
    others(OtherHosts.LEFT_ALONE, held);
    assertThat(respond(mesh.call(new FakeRequest().host("other.example.com"))).status())
        .isEqualTo(502);
  }

  @ParameterizedTest
  @CsvSource({"10.1.2.3, true", "10.2.2.3, false", "11.0.0.1, false", "10.1.2.3.test, false"})
  void theLongestRangeHolds(String host, boolean meshed) {
    others(OtherHosts.LEFT_ALONE, Map.of());
    FakeRequest request = new FakeRequest().host(host);
    request.port = 8081; // which the narrower has alone
    OutboundCall call = mesh.engine.outbound(request);
    assertThat(call != null).isEqualTo(meshed);
  }
}
