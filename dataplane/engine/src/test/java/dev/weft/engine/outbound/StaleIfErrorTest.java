package dev.weft.engine.outbound;

import static dev.weft.engine.EngineFixture.done;
import static dev.weft.engine.EngineFixture.respond;
import static dev.weft.engine.EngineFixture.send;
import static dev.weft.engine.Model.cluster;
import static dev.weft.engine.Model.forward;
import static dev.weft.engine.Model.retry;
import static dev.weft.engine.Model.route;
import static dev.weft.engine.Model.with;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.engine.Answer;
import dev.weft.engine.EngineFixture;
import dev.weft.engine.FakeRequest;
import dev.weft.engine.Header;
import dev.weft.engine.HeaderSource;
import dev.weft.engine.ResponseFlag;
import dev.weft.engine.format.FormatString;
import dev.weft.engine.model.Cluster;
import dev.weft.engine.model.HeaderFormats;
import dev.weft.engine.model.LastGoodAnswer;
import dev.weft.engine.model.RetryPolicy;
import dev.weft.engine.model.Route;
import dev.weft.engine.outbound.Attempt.Failure;
import dev.weft.engine.outbound.OutboundStep.Done;
import dev.weft.engine.outbound.OutboundStep.Respond;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** docs/service-policy.md, lastGoodAnswer; RFC 9111 for what may be kept. */
class StaleIfErrorTest {

  private static final LastGoodAnswer POLICY = new LastGoodAnswer(Duration.ofMinutes(10), 2, 16);

  private final EngineFixture mesh = new EngineFixture();

  private static final class Get extends FakeRequest {
    private byte @Nullable [] body = new byte[0];

    @Override
    public byte @Nullable [] body(int limit) {
      return body == null || body.length > limit ? null : body;
    }
  }

  private record Head(List<Header> headers) implements HeaderSource {

    /**
     * @param lines {@code name: value}, several behind a semicolon
     */
    static Head of(@Nullable String lines) {
      List<Header> headers = new ArrayList<>(List.of(new Header("content-type", "text/plain")));
      for (String line : lines == null ? new String[0] : lines.split("; ", -1)) {
        String[] parts = line.split(": ", 2);
        headers.add(new Header(parts[0], parts[1]));
      }
      return new Head(headers);
    }

    @Override
    public @Nullable String header(String name) {
      return headers.stream()
          .filter(header -> header.name().equals(name))
          .map(Header::value)
          .findFirst()
          .orElse(null);
    }
  }

  private static Get get(@Nullable String headers) {
    Get request = new Get();
    if (headers != null) {
      Head.of(headers).headers().forEach(it -> request.header(it.name(), it.value()));
    }
    return request;
  }

  private void up(Cluster cluster) {
    configure(with(cluster, POLICY), null);
  }

  private void configure(Cluster cluster, @Nullable RetryPolicy retry) {
    mesh.configure(List.of(route("r", forward("c", null, retry))), cluster);
  }

  private void down() {
    up(cluster("c"));
  }

  /** Answers a request, and the body comes whole. */
  private void answered(FakeRequest request, int status, @Nullable String head, String body) {
    OutboundCall call = mesh.call(request);
    Attempt attempt = send(call);
    attempt.responded(status, Head.of(head));
    assertThat(done(call).winner()).isSameAs(attempt);
    attempt.completed();
    ResponseRecorder recorder = attempt.recorder();
    if (recorder != null) {
      recorder.write(ByteBuffer.wrap(body.getBytes(UTF_8)));
      recorder.end();
    }
  }

  @Test
  void theLastGoodAnswerIsGivenAgainMarkedAsStale() {
    up(cluster("c", 1000));
    answered(get(null), 200, "age: 3; connection: close; content-length: 5; etag: x", "hello");
    down();
    mesh.timer.pass(Duration.ofSeconds(60));

    Answer answer = respond(mesh.call(get(null)));

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.content()).asString(UTF_8).isEqualTo("hello");
    assertThat(answer.headers())
        .containsExactlyInAnyOrder(
            new Header("content-type", "text/plain"),
            new Header("etag", "x"),
            new Header("age", "63"),
            new Header("warning", "110 - \"Response is Stale\""),
            new Header("x-weft-stale", "true"));
    assertThat(mesh.telemetry.events)
        .last()
        .isEqualTo("call ended 200 RFCF route r cluster c at null");
    assertThat(mesh.telemetry.flags).containsExactly(ResponseFlag.NO_HEALTHY_UPSTREAM);
  }

  /** As any answer of the mesh's own has them: %RESPONSE_CODE% is 0. */
  @Test
  void itHasTheRoutesHeadersOfWhatBefellTheCall() {
    HeaderFormats formats =
        new HeaderFormats(
            List.of(
                new HeaderFormats.Level(
                    List.of(),
                    List.of(
                        new HeaderFormats.Value(
                            "x-why",
                            FormatString.parse(
                                "%RESPONSE_CODE% %RESPONSE_FLAGS% %RESP(content-type)%"))),
                    List.of())));
    Route plain = route("r", forward("c", null, null));
    Route route =
        new Route(
            plain.name(),
            plain.match(),
            plain.action(),
            null,
            null,
            HeaderFormats.NONE,
            formats,
            List.of());
    mesh.configure(List.of(route), with(cluster("c", 1000), POLICY));
    answered(get(null), 200, null, "hello");
    mesh.configure(List.of(route), with(cluster("c"), POLICY));

    assertThat(respond(mesh.call(get(null))).headers())
        .contains(new Header("x-why", "0 UH,RFCF text/plain"));
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "CONNECT, true",
    "RESET, true",
    "REFUSED_STREAM, true",
    // The application's own doing.
    "ABORTED, false",
  })
  void itStandsInForAFailureThatIsLeft(Failure failure, boolean standsIn) {
    configure(with(cluster("c", 1000), POLICY), retry(1, "connect-failure"));
    answered(get(null), 200, null, "hello");

    OutboundCall call = mesh.call(get(null));
    send(call).failed(failure, new IOException("down"));
    if (failure == Failure.CONNECT) {
      mesh.sendAgain(call).failed(failure, new IOException("still down"));
    }

    assertThat(call.next()).isInstanceOf(standsIn ? Respond.class : Done.class);
  }

  @Test
  void itStandsInForAFullClusterAndForATimeout() {
    mesh.configure(
        List.of(route("r", forward("c", Duration.ofSeconds(1), null))),
        with(with(cluster("c", 1000), 1), POLICY));
    answered(get(null), 200, null, "hello");

    OutboundCall slow = mesh.call(get(null));
    send(slow);
    assertThat(respond(mesh.call(get(null))).flag())
        .isEqualTo(ResponseFlag.RESPONSE_FROM_CACHE_FILTER);
    mesh.timer.pass(Duration.ofSeconds(1));
    assertThat(respond(slow).content()).asString(UTF_8).isEqualTo("hello");
  }

  /** What the service itself says is passed on. */
  @Test
  void anAnswerOfTheServicesOwnIsNoneToStandInFor() {
    up(cluster("c", 1000));
    answered(get(null), 200, null, "hello");
    OutboundCall call = mesh.call(get(null));
    send(call).responded(503, Head.of(null));

    assertThat(done(call).winner()).isNotNull();
  }

  /** RFC 9111 §4.4, and what the service answers now in place of it. */
  @ParameterizedTest(name = "{0} {1} {2}: {3}")
  @CsvSource({
    "DELETE, 204, , false",
    "PUT, 303, , false",
    "POST, 409, , true",
    "HEAD, 200, , true",
    "GET, 404, , false",
    "GET, 200, cache-control: no-store, false",
    "GET, 304, , true",
    "GET, 502, , true",
  })
  void whatIsNoLongerSoIsForgotten(
      String method, int status, @Nullable String head, boolean remembered) {
    up(cluster("c", 1000));
    answered(get(null), 200, null, "hello");
    FakeRequest another = get(null);
    another.method = method;
    answered(another, status, head, "");
    down();

    Answer answer = respond(mesh.call(get(null)));

    assertThat(answer.flag() == ResponseFlag.RESPONSE_FROM_CACHE_FILTER).isEqualTo(remembered);
  }

  @ParameterizedTest(name = "{0} | {1} {2}: {3}")
  @CsvSource({
    ", 200, , true",
    // §3: heuristically cacheable statuses are more, but "good" is 200.
    ", 404, , false",
    ", 206, , false",
    // §5.2.2
    ", 200, cache-control: max-age=60, true",
    ", 200, cache-control: no-store, false",
    ", 200, 'cache-control: max-age=60, Private', false",
    ", 200, 'cache-control: private=\"set-cookie\"', false",
    ", 200, cache-control: no-cache, false",
    ", 200, 'cache-control: max-age=1, must-revalidate', false",
    ", 200, set-cookie: a=b, false",
    ", 200, vary: *, false",
    ", 200, vary: accept, true",
    // §3.5, and of cookies the same
    "authorization: x, 200, , false",
    "authorization: x, 200, cache-control: public, true",
    "cookie: x, 200, , false",
    "cookie: x, 200, cache-control: public, true",
    // §5.2.1
    "cache-control: no-store, 200, , false",
    "cache-control: no-cache, 200, , false",
    "range: bytes=0-1, 200, , false",
    ", 200, content-length: 17, false",
  })
  void whatIsKept(@Nullable String request, int status, @Nullable String head, boolean kept) {
    up(cluster("c", 1000));
    answered(get(request), status, head, "hello");
    down();

    Answer answer = respond(mesh.call(get(request)));

    assertThat(answer.flag() == ResponseFlag.RESPONSE_FROM_CACHE_FILTER).isEqualTo(kept);
  }

  @Test
  void onlyForTheSameQuestion() {
    up(cluster("c", 1000));
    FakeRequest french = get("accept-language: fr");
    answered(french, 200, "vary: Accept-Language", "bonjour");
    down();

    assertThat(isStale(french)).isTrue();
    assertThat(isStale(get("accept-language: de"))).isFalse();
    assertThat(isStale(get(null))).isFalse();
    assertThat(isStale(get("accept-language: fr").path("/items?page=2"))).isFalse();
    Get post = get("accept-language: fr");
    post.method = "POST";
    assertThat(isStale(post)).isFalse();
    Get withBody = get("accept-language: fr");
    withBody.body = new byte[1];
    assertThat(isStale(withBody)).isFalse();
  }

  /** Whoever shows who they are isn't given what anybody gets, unless that is for all. */
  @Test
  void whatIsForNobodyInParticularIsNotForSomebody() {
    up(cluster("c", 1000));
    answered(get(null).path("/some"), 200, null, "anonymous");
    answered(get(null).path("/all"), 200, "cache-control: public", "for all");
    down();

    assertThat(isStale(get("authorization: x").path("/some"))).isFalse();
    assertThat(isStale(get("cookie: x").path("/some"))).isFalse();
    assertThat(isStale(get("authorization: x").path("/all"))).isTrue();
  }

  private boolean isStale(FakeRequest request) {
    return respond(mesh.call(request)).flag() == ResponseFlag.RESPONSE_FROM_CACHE_FILTER;
  }

  @Test
  void onlyWholeBodiesWithinTheLimitAreKept() {
    up(cluster("c", 1000));
    // Broke off; its length is known, and not reached; too long; read up to its length.
    record(get(null).path("/a"), null, recorder -> recorder.write(bytes("hel")));
    record(
        get(null).path("/b"),
        "content-length: 5",
        it -> {
          it.write(bytes("hel"));
          it.end();
        });
    record(
        get(null).path("/c"),
        null,
        it -> {
          it.write(bytes("0123456789"));
          it.write(bytes("0123456789"));
          it.end();
        });
    record(
        get(null).path("/d"),
        null,
        it -> {
          it.write(bytes("hel"));
          it.giveUp();
          it.end();
        });
    record(get(null).path("/e"), "content-length: 5", it -> it.write(bytes("hello")));
    down();

    for (String path : List.of("/a", "/b", "/c", "/d")) {
      assertThat(isStale(get(null).path(path))).as(path).isFalse();
    }
    assertThat(isStale(get(null).path("/e"))).isTrue();
  }

  private void record(
      FakeRequest request,
      @Nullable String head,
      java.util.function.Consumer<ResponseRecorder> body) {
    OutboundCall call = mesh.call(request);
    Attempt attempt = send(call);
    attempt.responded(200, Head.of(head));
    body.accept(Objects.requireNonNull(attempt.recorder()));
    attempt.completed();
  }

  private static ByteBuffer bytes(String text) {
    return ByteBuffer.wrap(text.getBytes(UTF_8));
  }

  @Test
  void theOldestGiveWayToTheNewAndAgeEndsThem() {
    up(cluster("c", 1000));
    for (String path : List.of("/a", "/b", "/c")) {
      answered(get(null).path(path), 200, null, path);
    }
    answered(get(null).path("/b"), 200, null, "newer");
    down();

    assertThat(isStale(get(null).path("/a"))).isFalse();
    assertThat(respond(mesh.call(get(null).path("/b"))).content())
        .asString(UTF_8)
        .isEqualTo("newer");
    assertThat(isStale(get(null).path("/c"))).isTrue();
    mesh.timer.pass(POLICY.maxAge().plusSeconds(1));
    assertThat(isStale(get(null).path("/c"))).isFalse();
  }

  @Test
  void withoutThePolicyNothingIsRecordedAndWhatWasIsForgotten() {
    up(cluster("c", 1000));
    answered(get(null), 200, null, "hello");
    configure(cluster("c", 1000), null);
    OutboundCall call = mesh.call(get(null));
    Attempt attempt = send(call);
    attempt.responded(200, Head.of(null));
    assertThat(attempt.recorder()).isNull();
    down();

    assertThat(isStale(get(null))).isFalse();
  }
}
