package dev.weft.engine.outbound;

import static dev.weft.engine.EngineFixture.done;
import static dev.weft.engine.EngineFixture.respond;
import static dev.weft.engine.EngineFixture.send;
import static dev.weft.engine.Model.cluster;
import static dev.weft.engine.Model.forward;
import static dev.weft.engine.Model.prefix;
import static dev.weft.engine.Model.retry;
import static dev.weft.engine.Model.route;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.engine.EngineFixture;
import dev.weft.engine.FakeRequest;
import dev.weft.engine.Header;
import dev.weft.engine.HeaderEdits;
import dev.weft.engine.HeaderSource;
import dev.weft.engine.format.FormatString;
import dev.weft.engine.model.HeaderFormats;
import dev.weft.engine.model.HeaderFormats.Level;
import dev.weft.engine.model.HeaderFormats.Value;
import dev.weft.engine.model.PathRewrite;
import dev.weft.engine.model.Route;
import dev.weft.engine.model.Route.Destination;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Envoy, http_conn_man/headers, "Custom request/response headers": what command operators in their
 * values stand for. {@code header-formats.yaml} compares most of it with Envoy's own.
 */
class HeaderFormatTest {

  private final EngineFixture mesh = new EngineFixture();

  private static HeaderFormats set(String... namesAndValues) {
    List<Value> values = new ArrayList<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      values.add(new Value(namesAndValues[i], FormatString.parse(namesAndValues[i + 1])));
    }
    return new HeaderFormats(List.of(new Level(List.of(), values, List.of())));
  }

  private void configure(HeaderFormats request, HeaderFormats response) {
    Destination destination = new Destination("c", 1, "", HeaderEdits.NONE, HeaderEdits.NONE);
    configure(destination, request, response);
  }

  private void configure(Destination to, HeaderFormats request, HeaderFormats response) {
    Route.Forward forward =
        new Route.Forward(
            List.of(to),
            new Route.Rewrite(new PathRewrite.Matched("/rewritten"), ""),
            Route.Timeouts.NONE,
            retry(1, "5xx"),
            List.of());
    mesh.configure(
        List.of(
            new Route(
                "route-1",
                new Route.Match(prefix("/items"), List.of(), List.of()),
                forward,
                null,
                null,
                request,
                response,
                List.of())),
        cluster("c", 1001));
  }

  private Map<String, String> sent(FakeRequest request) {
    return values(send(mesh.call(request)).requestHeaders());
  }

  private static Map<String, String> values(HeaderEdits edits) {
    return edits.set().stream().collect(Collectors.toMap(Header::name, Header::value));
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "100%%, 100%",
    "%REQ(x-a)%, a",
    "%REQ(X-None?X-A)%, a",
    "%REQ(x-a)%-%REQ(x-none)%-%REQ(x-a)%, a--a",
    "%REQ(:path)%, /items?page=1",
    "%REQ(:path):6%, /items",
    "%REQ_WITHOUT_QUERY(:path)%, /items",
    "%PATH(NQ)%, /items",
    "%QUERY_PARAM(page)%, 1",
    "%REQ(:method)% %REQ(:authority)%, GET catalog:8080",
    "%REQ(:scheme)%, http",
    "%PROTOCOL%, HTTP/1.1",
    "%START_TIME(%s.%3f)%, 1700000000.123",
    "%START_TIME%, 2023-11-14T22:13:20.123Z",
    "%ROUTE_NAME% %UPSTREAM_CLUSTER%, route-1 c",
    "%DOWNSTREAM_REMOTE_ADDRESS%, 10.1.2.3:0",
    "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%, 10.1.2.3",
    "a%UPSTREAM_HOST%b, ab",
    "a%RESP(x-a)%b, ab",
    "a%TRACE_ID%b, ab",
    // The application's secrets are nobody else's to send anywhere.
    "a%ENVIRONMENT(PATH)%b, ab",
  })
  void inRequests(String format, String value) {
    mesh.timer.epochMillis = 1_700_000_000_123L;
    configure(set("x-value", format), HeaderFormats.NONE);
    assertThat(sent(new FakeRequest().header("x-a", "a"))).containsEntry("x-value", value);
  }

  /** HeaderParser::evaluateHeaders: an empty value neither adds nor replaces. */
  @Test
  void whatIsEmptyChangesNothing() {
    configure(set("x-a", "%REQ(x-none)%"), HeaderFormats.NONE);
    assertThat(sent(new FakeRequest().header("x-a", "a"))).doesNotContainKey("x-a");
  }

  /**
   * RouteEntryImplBase::finalizeRequestHeaders: the destination's level comes before the route's.
   */
  @Test
  void aLevelSeesWhatThoseBeforeItLeft() {
    Destination to =
        new Destination(
            "c", 1, "", set("x-a", "of destination", "x-b", "%REQ(x-a)%"), HeaderFormats.NONE, "");
    configure(
        to,
        new HeaderFormats(
            List.of(
                new Level(
                    List.of("x-gone"),
                    List.of(
                        new Value("x-c", FormatString.parse("%REQ(x-a)%")),
                        new Value("x-d", FormatString.parse("%REQ(x-gone)%"))),
                    List.of(new Value("x-a", FormatString.parse("%REQ(x-c)%more")))))),
        HeaderFormats.NONE);
    Attempt attempt = send(mesh.call(new FakeRequest().header("x-a", "a").header("x-gone", "g")));
    assertThat(values(attempt.requestHeaders()))
        .containsEntry("x-a", "of destination")
        .containsEntry("x-b", "a")
        .containsEntry("x-c", "of destination")
        .doesNotContainKey("x-d");
    assertThat(attempt.requestHeaders().add()).containsExactly(new Header("x-a", "more"));
  }

  /** The router makes a request's headers once, whatever comes of its first attempt. */
  @Test
  void allAttemptsHaveTheSame() {
    configure(set("x-a", "%REQ(x-a)%!"), HeaderFormats.NONE);
    OutboundCall call = mesh.call(new FakeRequest().header("x-a", "a"));
    Attempt first = send(call);
    first.responded(503, HeaderSource.NONE);
    assertThat(values(mesh.sendAgain(call).requestHeaders()))
        .containsEntry("x-a", "a!")
        .containsEntry("x-envoy-attempt-count", "2");
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "%RESP(x-r)%%REQ(x-a)%, ra",
    "%REQ(:path)%, /rewritten?page=1",
    "%RESPONSE_CODE%, 404",
    "%RESPONSE_FLAGS%, -",
    "%UPSTREAM_HOST%, 127.0.0.1:1001",
    "%UPSTREAM_REMOTE_PORT%, 1001",
    "%UPSTREAM_REQUEST_ATTEMPT_COUNT%, 1",
    "%RESPONSE_DURATION%, 30",
  })
  void inResponses(String format, String value) {
    configure(HeaderFormats.NONE, set("x-value", format));
    OutboundCall call = mesh.call(new FakeRequest().header("x-a", "a"));
    Attempt attempt = send(call);
    mesh.timer.pass(Duration.ofMillis(30));
    attempt.responded(404, name -> name.equals("x-r") ? "r" : null);
    assertThat(values(done(call).responseHeaders())).containsEntry("x-value", value);
  }

  @Test
  void inResponsesWhatTheRouteHasSent() {
    configure(set("x-sent", "by the route"), set("x-value", "%REQ(x-sent)%"));
    OutboundCall call = mesh.call(new FakeRequest());
    send(call).responded(200, HeaderSource.NONE);
    assertThat(values(done(call).responseHeaders())).containsEntry("x-value", "by the route");
  }

  @Test
  void inAnswersOfTheRoutesOwn() {
    mesh.configure(
        List.of(
            new Route(
                "gone",
                new Route.Match(prefix("/"), List.of(), List.of()),
                new Route.Respond(410, List.of(), ""),
                null,
                null,
                HeaderFormats.NONE,
                set("x-path", "%REQ(:path)% %RESPONSE_CODE% %ROUTE_NAME% [%UPSTREAM_HOST%]"),
                List.of())));
    assertThat(respond(mesh.call()).headers())
        .contains(new Header("x-path", "/items?page=1 0 gone []"));
  }

  @Test
  void constantsAreMadeOnce() {
    HeaderFormats formats = set("x-a", "50%%").then(set("x-b", "b"));
    assertThat(formats)
        .isEqualTo(
            HeaderFormats.of(
                new HeaderEdits(
                    List.of(),
                    List.of(new Header("x-a", "50%"), new Header("x-b", "b")),
                    List.of())));
    configure(formats, HeaderFormats.NONE);
    assertThat(sent(new FakeRequest())).containsEntry("x-a", "50%").containsEntry("x-b", "b");
  }

  @Test
  void otherRoutesHaveNothingOfIt() {
    mesh.configure(List.of(route("plain", forward("c"))), cluster("c", 1001));
    assertThat(sent(new FakeRequest())).containsOnlyKeys("x-envoy-attempt-count");
  }
}
