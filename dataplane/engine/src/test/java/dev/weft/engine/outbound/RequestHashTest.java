package dev.weft.engine.outbound;

import static dev.weft.engine.EngineFixture.done;
import static dev.weft.engine.EngineFixture.port;
import static dev.weft.engine.EngineFixture.send;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.engine.EngineFixture;
import dev.weft.engine.FakeRequest;
import dev.weft.engine.Header;
import dev.weft.engine.HeaderSource;
import dev.weft.engine.Model;
import dev.weft.engine.model.HashPolicy;
import dev.weft.engine.model.HashPolicy.Cookie;
import dev.weft.engine.model.HashPolicy.QueryParameter;
import dev.weft.engine.model.HashPolicy.SourceIp;
import dev.weft.engine.model.LoadBalancing;
import dev.weft.engine.model.LoadBalancing.Maglev;
import dev.weft.engine.model.Route;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Envoy, RouteAction.HashPolicy (HashPolicyImpl). */
class RequestHashTest {

  private static final HashPolicy USER = new HashPolicy.Header("x-user", false);
  private static final HashPolicy PAGE = new QueryParameter("page", false);
  private static final HashPolicy OWN_ADDRESS = new SourceIp(false);
  private static final Cookie SESSION =
      new Cookie(
          "session",
          Duration.ofMinutes(1),
          "/x",
          List.of(new Header("SameSite", "Lax"), new Header("Secure", "")),
          false);

  private static EngineFixture mesh(LoadBalancing balancing, HashPolicy... policies) {
    return new EngineFixture()
        .configure(
            List.of(
                Model.route(
                    "r",
                    new Route.Forward(
                        List.of(Model.to("c", 1)),
                        Route.Rewrite.NONE,
                        Route.Timeouts.NONE,
                        Model.retry(2, "5xx"),
                        List.of(),
                        List.of(policies)))),
            Model.with(
                Model.cluster("c", 1000, 1001, 1002, 1003, 1004, 1005, 1006, 1007), balancing));
  }

  private static EngineFixture mesh(HashPolicy... policies) {
    return mesh(LoadBalancing.of(new Maglev(251)), policies);
  }

  private static final int REQUESTS = 40;

  private static Set<Integer> endpoints(
      EngineFixture mesh, Function<Integer, FakeRequest> request) {
    Set<Integer> endpoints = new HashSet<>();
    for (int i = 0; i < REQUESTS; i++) {
      endpoints.add(port(send(mesh.call(request.apply(i)))));
    }
    return endpoints;
  }

  static Stream<Arguments> same() {
    return Stream.of(
        Arguments.of("header", USER, new FakeRequest().header("x-user", "alice")),
        Arguments.of("parameter", PAGE, new FakeRequest().path("/items?q=1&page=2&page=3")),
        Arguments.of("cookie", SESSION, new FakeRequest().header("cookie", "a=b; session=\"7\"")),
        Arguments.of("own address", OWN_ADDRESS, new FakeRequest()));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("same")
  void theSameGoesToTheSame(String what, HashPolicy policy, FakeRequest request) {
    assertThat(endpoints(mesh(policy), i -> request)).hasSize(1);
  }

  static Stream<Arguments> other() {
    return Stream.of(
        row("header", USER, i -> new FakeRequest().header("x-user", "u" + i)),
        row("parameter", PAGE, i -> new FakeRequest().path("/items?page=" + i)),
        row("cookie", SESSION, i -> new FakeRequest().header("cookie", "session=" + i)),
        row("no such header: at random", USER, i -> new FakeRequest()),
        row("no such parameter: at random", PAGE, i -> new FakeRequest().path("/?pages=1")),
        row("a cookie that is made", SESSION, i -> new FakeRequest()));
  }

  private static Arguments row(
      String what, HashPolicy policy, Function<Integer, FakeRequest> request) {
    return Arguments.of(what, policy, request);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("other")
  void anotherMayGoToAnother(
      String what, HashPolicy policy, Function<Integer, FakeRequest> request) {
    assertThat(endpoints(mesh(policy), request)).hasSizeGreaterThan(4);
  }

  @Test
  void whatIsHashedIsTheFirstValueOfAParameter() {
    EngineFixture mesh = mesh(PAGE);
    assertThat(endpoints(mesh, i -> new FakeRequest().path("/?page=1&page=" + i))).hasSize(1);
    assertThat(endpoints(mesh, i -> new FakeRequest().path("/?page&x=" + i))).hasSize(1);
  }

  @Test
  void anUnknownAddressIsNotHashed() {
    EngineFixture mesh = mesh(OWN_ADDRESS);
    mesh.address = "";
    assertThat(endpoints(mesh, i -> new FakeRequest())).hasSizeGreaterThan(4);
  }

  /** HashPolicyImpl::generateHash, terminal. */
  @Test
  void aTerminalPolicyEndsTheList() {
    HashPolicy first = new HashPolicy.Header("x-user", true);
    Function<Integer, FakeRequest> alice =
        i -> new FakeRequest().header("x-user", "alice").path("/?page=" + i);
    assertThat(endpoints(mesh(first, PAGE), alice)).hasSize(1);
    assertThat(endpoints(mesh(USER, PAGE), alice)).hasSizeGreaterThan(4);
    assertThat(endpoints(mesh(first, PAGE), i -> new FakeRequest().path("/?page=" + i)))
        .as("the first has nothing to hash")
        .hasSizeGreaterThan(4);
  }

  @Test
  void equalPoliciesDontCancelEachOtherOut() {
    RequestHash once = hash(new FakeRequest().header("x-user", "alice"), USER);
    RequestHash twice = hash(new FakeRequest().header("x-user", "alice"), USER, USER);
    assertThat(twice.value())
        .isNotZero()
        .isEqualTo(Long.rotateLeft(once.value(), 1) ^ once.value());
  }

  private static RequestHash hash(FakeRequest request, HashPolicy... policies) {
    return RequestHash.of(List.of(policies), request, "", new Random(1));
  }

  private static List<Header> setCookies(EngineFixture mesh, FakeRequest request) {
    OutboundCall call = mesh.call(request);
    send(call).responded(200, HeaderSource.NONE);
    return done(call).responseHeaders().add();
  }

  /** Http::Utility::makeSetCookieValue. */
  @Test
  void aCookieIsMadeAndKeepsItsClientWhereItIs() {
    EngineFixture mesh = mesh(SESSION);
    OutboundCall call = mesh.call();
    Attempt attempt = send(call);
    attempt.responded(200, HeaderSource.NONE);
    Header made = done(call).responseHeaders().add().get(0);
    assertThat(made.name()).isEqualTo("set-cookie");
    assertThat(made.value())
        .matches("session=\"[0-9a-f]{16}\"; Max-Age=60; Path=/x; SameSite=Lax; Secure; HttpOnly");
    String cookie = made.value().substring(0, made.value().indexOf(';'));
    FakeRequest next = new FakeRequest().header("cookie", cookie);
    assertThat(endpoints(mesh, i -> next)).containsExactly(port(attempt));
    assertThat(setCookies(mesh, next)).isEmpty();
  }

  /** Cookie.ttl: 0 is a session's cookie, and without it none is made. */
  @Test
  void aCookieMayBeASessions() {
    Cookie ofSession = new Cookie("session", Duration.ZERO, "", List.of(), false);
    assertThat(setCookies(mesh(ofSession), new FakeRequest()).get(0).value())
        .matches("session=\"[0-9a-f]{16}\"; HttpOnly");
    Cookie never = new Cookie("session", null, "", List.of(), false);
    assertThat(setCookies(mesh(never), new FakeRequest())).isEmpty();
  }

  @Test
  void nothingIsHashedWhereNothingIsPickedByHash() {
    EngineFixture mesh = mesh(LoadBalancing.ROUND_ROBIN, SESSION);
    assertThat(setCookies(mesh, new FakeRequest())).isEmpty();
    assertThat(endpoints(mesh, i -> new FakeRequest().header("cookie", "session=1"))).hasSize(8);
  }

  /** A retry of the same request goes elsewhere, and with the same cookie. */
  @Test
  void aRetryAvoidsWhatItTried() {
    EngineFixture mesh = mesh(SESSION);
    OutboundCall call = mesh.call();
    Attempt first = send(call);
    first.responded(503, HeaderSource.NONE);
    Attempt second = mesh.sendAgain(call);
    assertThat(port(second)).isNotEqualTo(port(first));
    second.responded(200, HeaderSource.NONE);
    assertThat(done(call).responseHeaders().add()).hasSize(1);
  }
}
