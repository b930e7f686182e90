package dev.weft.engine.outbound;

import static dev.weft.engine.EngineFixture.done;
import static dev.weft.engine.EngineFixture.respond;
import static dev.weft.engine.EngineFixture.send;
import static dev.weft.engine.Model.cluster;
import static dev.weft.engine.Model.forward;
import static dev.weft.engine.Model.prefix;
import static dev.weft.engine.Model.regex;
import static dev.weft.engine.Model.route;
import static dev.weft.engine.Model.to;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.engine.Answer;
import dev.weft.engine.Deadline;
import dev.weft.engine.EngineFixture;
import dev.weft.engine.FakeRequest;
import dev.weft.engine.Header;
import dev.weft.engine.HeaderEdits;
import dev.weft.engine.HeaderSource;
import dev.weft.engine.RequestContext;
import dev.weft.engine.model.CorsPolicy;
import dev.weft.engine.model.FaultPolicy;
import dev.weft.engine.model.Fraction;
import dev.weft.engine.model.PathRewrite;
import dev.weft.engine.model.Route;
import dev.weft.engine.model.StringMatch;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What a route does with a request beside choosing where it goes. */
class RouteActionTest {

  private final EngineFixture mesh = new EngineFixture();

  private static Route.Forward rewriting(@Nullable PathRewrite path, String authority) {
    return new Route.Forward(
        List.of(to("c", 1)),
        new Route.Rewrite(path, authority),
        Route.Timeouts.NONE,
        null,
        List.of());
  }

  /** Envoy, RouteAction.prefix_rewrite and regex_rewrite: the query stays. */
  static Stream<Arguments> rewrites() {
    return Stream.of(
        Arguments.of(
            prefix("/api"), new PathRewrite.Matched("/v2"), "/api/x?a=/api", "/v2/x?a=/api"),
        Arguments.of(prefix("/api/"), new PathRewrite.Matched("/"), "/api/x", "/x"),
        Arguments.of(
            new StringMatch.PathPrefix("/api", false),
            new PathRewrite.Matched("/v2"),
            "/api",
            "/v2"),
        Arguments.of(
            new StringMatch.Exact("/api", false),
            new PathRewrite.Matched("/v2"),
            "/api?b",
            "/v2?b"),
        Arguments.of(regex("/a.*"), new PathRewrite.Matched("/v2"), "/api/x?b", "/v2?b"),
        Arguments.of(
            prefix("/"),
            new PathRewrite.Pattern(path -> path.replace("a", "b")),
            "/api/a?a",
            "/bpi/b?a"));
  }

  @ParameterizedTest
  @MethodSource
  void rewrites(StringMatch match, PathRewrite rewrite, String target, String expected) {
    mesh.configure(List.of(route("all", match, rewriting(rewrite, ""))), cluster("c", 1001));
    Attempt attempt = send(mesh.call(new FakeRequest().path(target)));
    assertThat(attempt.path()).isEqualTo(expected);
    assertThat(attempt.authority()).isNull();
    assertThat(attempt.requestHeaders().set())
        .contains(new Header("x-envoy-original-path", target));
  }

  @Test
  void rewritesTheAuthority() {
    mesh.configure(List.of(route("all", rewriting(null, "other.example"))), cluster("c", 1001));
    Attempt attempt = send(mesh.call());
    assertThat(attempt.authority()).isEqualTo("other.example");
    assertThat(attempt.path()).isNull();
    assertThat(attempt.requestHeaders().set())
        .contains(new Header("x-envoy-original-host", "catalog:8080"));
  }

  /** Envoy, RedirectAction, {@code Http::Utility::newUri}. */
  @ParameterizedTest
  @CsvSource({
    // scheme, host, port, path, strip, authority, expected
    "'', '', 0, '', false, a:8080, http://a:8080/x?q=1",
    "https, '', 0, '', false, a:8080, https://a:8080/x?q=1",
    "https, '', 0, '', false, a:80, https://a/x?q=1",
    "http, '', 0, '', false, a:80, http://a:80/x?q=1",
    "https, '', 8443, '', false, a:8080, https://a:8443/x?q=1",
    "'', b, 0, '', false, a:8080, http://b/x?q=1",
    "'', b, 9, '', false, a:8080, http://b:9/x?q=1",
    "'', '', 0, /y, false, a, http://a/y?q=1",
    "'', '', 0, /y?z, false, a, http://a/y?z",
    "'', '', 0, /y?z, true, a, http://a/y?z",
    "'', '', 0, /y, true, a, http://a/y",
    "'', '', 0, '', true, a, http://a/x",
    "https, '', 0, '', false, [::1]:80, https://[::1]/x?q=1"
  })
  void redirects(
      String scheme,
      String host,
      int port,
      String path,
      boolean strip,
      String authority,
      String expected) {
    mesh.configure(
        List.of(route("all", new Route.Redirect(302, scheme, host, port, path, null, strip))));
    FakeRequest request = new FakeRequest().path("/x?q=1");
    request.authority = authority;
    Answer answer = respond(mesh.call(request));
    assertThat(answer.status()).isEqualTo(302);
    assertThat(answer.headers()).containsExactly(new Header("location", expected));
  }

  @Test
  void redirectsToARewrittenPath() {
    mesh.configure(
        List.of(
            route(
                "all",
                prefix("/a"),
                new Route.Redirect(301, "", "", 0, "", new PathRewrite.Matched("/b"), false))));
    assertThat(respond(mesh.call(new FakeRequest().path("/a/c?d"))).headers())
        .containsExactly(new Header("location", "http://catalog:8080/b/c?d"));
  }

  // CORS, after Envoy's filter

  private void cors(String methods, boolean forwardUnmatched) {
    Route plain = route("all", forward("c"));
    mesh.configure(
        List.of(
            new Route(
                plain.name(),
                plain.match(),
                plain.action(),
                null,
                new CorsPolicy(
                    List.of(new StringMatch.Exact("http://shop", false)),
                    methods,
                    "x-a",
                    "x-b",
                    "60",
                    true,
                    forwardUnmatched),
                HeaderEdits.NONE,
                HeaderEdits.NONE)),
        cluster("c", 1001));
  }

  private static FakeRequest preflight(String origin) {
    FakeRequest request =
        new FakeRequest().header("origin", origin).header("access-control-request-method", "PUT");
    request.method = "OPTIONS";
    return request;
  }

  @Test
  void answersPreflightRequests() {
    cors("*", true);
    assertThat(respond(mesh.call(preflight("http://shop"))).headers())
        .containsExactlyInAnyOrder(
            new Header("access-control-allow-origin", "http://shop"),
            new Header("access-control-allow-credentials", "true"),
            new Header("access-control-allow-methods", "PUT"),
            new Header("access-control-allow-headers", "x-a"),
            new Header("access-control-expose-headers", "x-b"),
            new Header("access-control-max-age", "60"));
  }

  @Test
  void preflightRequestsOfOthersGoOnOrAreAllowedNothing() {
    cors("GET", true);
    assertThat(send(mesh.call(preflight("http://evil"))).number()).isEqualTo(1);
    cors("GET", false);
    assertThat(respond(mesh.call(preflight("http://evil"))).headers())
        .doesNotContain(new Header("access-control-allow-origin", "http://evil"))
        .extracting(Header::name)
        .doesNotContain("access-control-allow-origin");
  }

  @Test
  void marksTheResponsesToAllowedOrigins() {
    cors("GET", true);
    OutboundCall call = mesh.call(new FakeRequest().header("origin", "http://shop"));
    send(call).responded(200, HeaderSource.NONE);
    assertThat(done(call).responseHeaders().set())
        .contains(
            new Header("access-control-allow-origin", "http://shop"),
            new Header("access-control-expose-headers", "x-b"));
    OutboundCall other = mesh.call(new FakeRequest().header("origin", "http://evil"));
    send(other).responded(200, HeaderSource.NONE);
    assertThat(done(other).responseHeaders()).isEqualTo(HeaderEdits.NONE);
  }

  // Faults that the request chooses, and of gRPC

  private void faults(FaultPolicy policy) {
    mesh.configure(
        List.of(dev.weft.engine.Model.with(route("all", forward("c")), policy)),
        cluster("c", 1001));
  }

  /** Envoy, HTTPFault: {@code x-envoy-fault-abort-request} and its like. */
  @ParameterizedTest
  @CsvSource({
    "418, , , 418",
    ", 14, , 200",
    "99, , , 0",
    "418, , 0, 0",
    "418, , 100, 418",
    ", , , 0"
  })
  void abortsChosenByTheRequest(
      @Nullable String http, @Nullable String grpc, @Nullable String percentage, int expected) {
    faults(new FaultPolicy(null, new FaultPolicy.Abort(null, Fraction.ALL), List.of()));
    FakeRequest request = new FakeRequest();
    if (http != null) {
      request.header("x-envoy-fault-abort-request", http);
    }
    if (grpc != null) {
      request.header("x-envoy-fault-abort-grpc-request", grpc);
    }
    if (percentage != null) {
      request.header("x-envoy-fault-abort-request-percentage", percentage);
    }
    OutboundStep step = mesh.call(request).next();
    assertThat(step instanceof OutboundStep.Respond respond ? respond.answer().status() : 0)
        .isEqualTo(expected);
  }

  @Test
  void aGrpcCallSeesAStatusInTheHeaders() {
    faults(
        new FaultPolicy(
            null, new FaultPolicy.Abort(new FaultPolicy.Status(8, true), Fraction.ALL), List.of()));
    Answer answer =
        respond(mesh.call(new FakeRequest().header("content-type", "application/grpc+proto")));
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.body()).isEmpty();
    assertThat(answer.headers())
        .containsExactly(
            new Header("content-type", "application/grpc"),
            new Header("grpc-status", "8"),
            new Header("grpc-message", "fault filter abort"));
    assertThat(respond(mesh.call()).headers())
        .as("nothing of it to others")
        .containsExactly(new Header("content-type", "text/plain"));
  }

  // Timeouts, as Envoy's FilterUtility::finalTimeout

  private Attempt timed(
      Route.@Nullable Timeouts timeouts, @Nullable Duration perTry, FakeRequest request) {
    mesh.configure(
        List.of(
            route(
                "all",
                new Route.Forward(
                    List.of(to("c", 1)),
                    Route.Rewrite.NONE,
                    timeouts == null ? Route.Timeouts.NONE : timeouts,
                    dev.weft.engine.Model.retry(1, perTry, "5xx"),
                    List.of()))),
        cluster("c", 1001));
    return send(mesh.call(request));
  }

  private static @Nullable String set(Attempt attempt, String name) {
    return attempt.requestHeaders().set().stream()
        .filter(header -> header.name().equals(name))
        .map(Header::value)
        .findFirst()
        .orElse(null);
  }

  @Test
  void tellsTheNextHopHowLongItHas() {
    Duration second = Duration.ofSeconds(1);
    String expected = "x-envoy-expected-rq-timeout-ms";
    assertThat(set(timed(null, null, new FakeRequest()), expected)).isNull();
    assertThat(set(timed(new Route.Timeouts(second, null), null, new FakeRequest()), expected))
        .isEqualTo("1000");
    assertThat(
            set(
                timed(new Route.Timeouts(second, null), Duration.ofMillis(300), new FakeRequest()),
                expected))
        .isEqualTo("300");
    assertThat(
            set(
                timed(
                    new Route.Timeouts(second, null),
                    null,
                    new FakeRequest().header("x-envoy-upstream-rq-timeout-ms", "250")),
                expected))
        .as("the request's own wins")
        .isEqualTo("250");
  }

  @Test
  void aGrpcCallsOwnTimeoutHoldsWithinTheRoutes() {
    FakeRequest request =
        new FakeRequest().header("content-type", "application/grpc").header("grpc-timeout", "2S");
    Duration second = Duration.ofSeconds(1);
    assertThat(set(timed(new Route.Timeouts(null, Duration.ZERO), null, request), "grpc-timeout"))
        .isEqualTo("2000m");
    assertThat(set(timed(new Route.Timeouts(second, second), null, request), "grpc-timeout"))
        .isEqualTo("1000m");
    assertThat(set(timed(new Route.Timeouts(second, null), null, request), "grpc-timeout"))
        .as("not asked for")
        .isNull();
  }

  @Test
  void neverTakesLongerThanTheRequestItIsMadeFor() {
    RequestContext before =
        RequestContext.swap(
            new RequestContext(
                null, Deadline.at(mesh.timer.nanoTime() + Duration.ofMillis(50).toNanos())));
    try {
      Attempt attempt = timed(null, null, new FakeRequest());
      assertThat(set(attempt, "x-envoy-expected-rq-timeout-ms")).isEqualTo("50");
    } finally {
      RequestContext.swap(before);
    }
  }

  // What a request asks for itself, as Envoy's RetryStateImpl

  @Test
  void retriesAsTheRequestAsks() {
    mesh.configure(List.of(route("all", forward("c"))), cluster("c", 1001, 1002));
    OutboundCall call =
        mesh.call(
            new FakeRequest()
                .header("x-envoy-retry-on", "retriable-headers")
                .header("x-envoy-retriable-header-names", "x-again")
                .header("x-envoy-max-retries", "1"));
    Attempt first = send(call);
    assertThat(first.requestHeaders().remove())
        .contains("x-envoy-retry-on", "x-envoy-max-retries", "x-envoy-retriable-header-names");
    first.responded(200, name -> name.equals("x-again") ? "" : null);
    Attempt second = mesh.sendAgain(call);
    second.responded(200, name -> name.equals("x-again") ? "" : null);
    assertThat(done(call).winner()).isSameAs(second);
  }
}
