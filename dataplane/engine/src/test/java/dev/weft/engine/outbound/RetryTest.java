package dev.weft.engine.outbound;

import static dev.weft.engine.EngineFixture.await;
import static dev.weft.engine.EngineFixture.done;
import static dev.weft.engine.EngineFixture.port;
import static dev.weft.engine.EngineFixture.respond;
import static dev.weft.engine.EngineFixture.send;
import static dev.weft.engine.Model.cluster;
import static dev.weft.engine.Model.forward;
import static dev.weft.engine.Model.retry;
import static dev.weft.engine.Model.route;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.engine.EngineFixture;
import dev.weft.engine.FakeRequest;
import dev.weft.engine.Header;
import dev.weft.engine.HeaderSource;
import dev.weft.engine.ResponseFlag;
import dev.weft.engine.model.RetryPolicy;
import dev.weft.engine.outbound.Attempt.Failure;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class RetryTest {

  private final EngineFixture mesh = new EngineFixture();

  private OutboundCall call(RetryPolicy policy, FakeRequest request) {
    mesh.configure(
        List.of(route("all", forward("c", null, policy))), cluster("c", 1001, 1002, 1003));
    return mesh.call(request);
  }

  private OutboundCall call(RetryPolicy policy) {
    return call(policy, new FakeRequest());
  }

  /**
   * Envoy, {@code x-envoy-retry-on} and {@code x-envoy-retry-grpc-on}; status, headers, retried.
   */
  static Stream<Arguments> responses() {
    HeaderSource none = HeaderSource.NONE;
    return Stream.of(
        Arguments.of("5xx", 500, none, true),
        Arguments.of("5xx", 599, none, true),
        Arguments.of("5xx", 499, none, false),
        Arguments.of("gateway-error", 500, none, false),
        Arguments.of("gateway-error", 502, none, true),
        Arguments.of("gateway-error", 503, none, true),
        Arguments.of("gateway-error", 504, none, true),
        Arguments.of("gateway-error", 505, none, false),
        Arguments.of("retriable-4xx", 409, none, true),
        Arguments.of("retriable-4xx", 404, none, false),
        Arguments.of("retriable-status-codes", 418, none, true),
        Arguments.of("retriable-status-codes", 419, none, false),
        Arguments.of("connect-failure", 503, none, false),
        Arguments.of("reset", 503, none, false),
        Arguments.of("unavailable", 200, header("grpc-status", "14"), true),
        Arguments.of("unavailable", 200, header("grpc-status", "13"), false),
        Arguments.of("unavailable", 503, none, false),
        Arguments.of("internal", 200, header("grpc-status", "13"), true),
        Arguments.of("cancelled", 200, header("grpc-status", "1"), true),
        Arguments.of("deadline-exceeded", 200, header("grpc-status", "4"), true),
        Arguments.of("resource-exhausted", 200, header("grpc-status", "8"), true),
        Arguments.of("unavailable", 200, header("grpc-status", "fourteen"), false),
        // An upstream Envoy's rate limit is retried only if the policy says so.
        Arguments.of("5xx", 503, header("x-envoy-ratelimited", "true"), false),
        Arguments.of("envoy-ratelimited", 429, header("x-envoy-ratelimited", "true"), true));
  }

  private static HeaderSource header(String name, String value) {
    return asked -> asked.equals(name) ? value : null;
  }

  @ParameterizedTest
  @MethodSource("responses")
  void retriesTheResponsesThatItsConditionNames(
      String condition, int status, HeaderSource headers, boolean retried) {
    OutboundCall call =
        call(
            new RetryPolicy(
                Set.of(condition),
                2,
                null,
                Duration.ofMillis(25),
                Duration.ofMillis(250),
                Set.of(418),
                List.of(),
                List.of(),
                true,
                false));
    Attempt first = send(call);
    first.responded(status, headers);
    if (retried) {
      assertThat(mesh.sendAgain(call).number()).isEqualTo(2);
    } else {
      assertThat(done(call).winner()).isSameAs(first);
    }
  }

  /**
   * Envoy, {@code RetryStateImpl::wouldRetryFromReset}; condition, failure, retried if replayable,
   * and if not.
   */
  static Stream<Arguments> failures() {
    return Stream.of(
        Arguments.of("connect-failure", Failure.CONNECT, true, true),
        Arguments.of("connect-failure", Failure.STALE, true, false),
        Arguments.of("connect-failure", Failure.RESET, false, false),
        Arguments.of("connect-failure", Failure.REFUSED_STREAM, false, false),
        Arguments.of("refused-stream", Failure.REFUSED_STREAM, true, false),
        Arguments.of("refused-stream", Failure.CONNECT, false, false),
        Arguments.of("reset", Failure.RESET, true, false),
        Arguments.of("reset", Failure.CONNECT, true, true),
        Arguments.of("reset", Failure.STALE, true, false),
        Arguments.of("refused-stream", Failure.STALE, false, false),
        Arguments.of("5xx", Failure.RESET, true, false),
        Arguments.of("5xx", Failure.CONNECT, true, true),
        Arguments.of("gateway-error", Failure.RESET, true, false),
        Arguments.of("retriable-4xx", Failure.RESET, false, false),
        Arguments.of("reset-before-request", Failure.CONNECT, true, true),
        Arguments.of("reset-before-request", Failure.STALE, true, false),
        Arguments.of("reset-before-request", Failure.RESET, false, false),
        Arguments.of("5xx", Failure.ABORTED, false, false));
  }

  @ParameterizedTest
  @MethodSource("failures")
  void retriesTheFailuresThatItsConditionNames(
      String condition, Failure failure, boolean ifReplayable, boolean ifNot) {
    for (boolean replayable : new boolean[] {true, false}) {
      FakeRequest request = new FakeRequest();
      request.replayable = replayable;
      OutboundCall call = call(retry(2, condition), request);
      Attempt first = send(call);
      first.failed(failure, new IOException("broken"));
      if (replayable ? ifReplayable : ifNot) {
        assertThat(mesh.sendAgain(call).number()).isEqualTo(2);
      } else {
        assertThat(done(call).winner()).isSameAs(first);
      }
    }
  }

  @Test
  void leavesTheLastFailureToTheLibraryWhenRetriesAreExhausted() {
    OutboundCall call = call(retry(2, "connect-failure"));
    for (int i = 0; i < 2; i++) {
      (i == 0 ? send(call) : mesh.sendAgain(call)).failed(Failure.CONNECT, new IOException());
    }
    Attempt third = mesh.sendAgain(call);
    third.failed(Failure.CONNECT, new IOException());
    assertThat(done(call).winner()).isSameAs(third);
    assertThat(mesh.telemetry.events)
        .endsWith(
            "attempt 3 ended UF failed", "call ended 0 UF route all cluster c at " + port(third));
    assertThat(mesh.timer.pending()).isZero();
  }

  /** Envoy sets URX on a response for which no retry was left. */
  @Test
  void givesTheLastResponseWhenRetriesAreExhausted() {
    OutboundCall call = call(retry(1, "5xx"));
    send(call).responded(503, HeaderSource.NONE);
    Attempt second = mesh.sendAgain(call);
    second.responded(503, HeaderSource.NONE);
    assertThat(done(call).winner()).isSameAs(second);
    second.completed();
    assertThat(mesh.telemetry.events)
        .endsWith("call ended 503 URX route all cluster c at " + port(second));
  }

  @Test
  void doesNotRepeatARequestThatCannotBeReplayed() {
    OutboundCall call = call(retry(2, "5xx"), new FakeRequest().onceOnly());
    Attempt only = send(call);
    only.responded(503, HeaderSource.NONE);
    assertThat(done(call).winner()).isSameAs(only);
  }

  /** Envoy, retry_host_predicate previous_hosts; Istio's default. */
  @Test
  void prefersEndpointsThatWereNotTriedYet() {
    OutboundCall call = call(retry(5, "5xx"));
    Attempt first = send(call);
    first.responded(500, HeaderSource.NONE);
    Attempt second = mesh.sendAgain(call);
    second.responded(500, HeaderSource.NONE);
    Attempt third = mesh.sendAgain(call);
    assertThat(List.of(port(first), port(second), port(third)))
        .containsExactlyInAnyOrder(1001, 1002, 1003);
    third.responded(500, HeaderSource.NONE);
    assertThat(mesh.sendAgain(call).number()).as("all were tried: any will do").isEqualTo(4);
  }

  @Test
  void discardsTheResponseThatItRetries() {
    OutboundCall call = call(retry(1, "5xx"));
    Attempt first = send(call);
    int[] aborts = {0};
    first.onAbort(() -> aborts[0]++);
    first.responded(503, HeaderSource.NONE);
    assertThat(aborts[0]).isEqualTo(1);
    // The carrier closes what it holds, and reports what comes of it.
    first.failed(Failure.ABORTED, new IOException());
    assertThat(mesh.sendAgain(call).number()).isEqualTo(2);
    assertThat(aborts[0]).isEqualTo(1);
  }

  /** Envoy, include_request_attempt_count, which Istio sets. */
  @Test
  void numbersTheAttempts() {
    OutboundCall call = call(retry(6, "5xx"));
    Attempt attempt = send(call);
    for (int number = 1; number <= 6; number++) {
      assertThat(attempt.requestHeaders().set())
          .containsExactly(new Header("x-envoy-attempt-count", String.valueOf(number)));
      attempt.responded(500, HeaderSource.NONE);
      attempt = mesh.sendAgain(call);
    }
  }

  /** Envoy: a per-try timeout is a local reset, which 5xx, gateway-error and reset cover. */
  @ParameterizedTest
  @MethodSource("perTryConditions")
  void retriesAPerTryTimeout(String condition, boolean retried) {
    OutboundCall call = call(retry(1, Duration.ofMillis(100), condition));
    Attempt first = send(call);
    boolean[] aborted = {false};
    first.onAbort(() -> aborted[0] = true);
    CompletableFuture<?> outcome = await(call);
    mesh.timer.pass(Duration.ofMillis(99));
    assertThat(aborted[0]).isFalse();
    mesh.timer.pass(Duration.ofMillis(1));
    assertThat(aborted[0]).isTrue();
    first.failed(Failure.RESET, new IOException("closed by the hook"));
    if (retried) {
      mesh.timer.pass(Duration.ofMillis(25));
      assertThat(outcome).isDone();
      Attempt second = send(call);
      second.responded(200, HeaderSource.NONE);
      assertThat(done(call).winner()).isSameAs(second);
    } else {
      assertThat(outcome).isDone();
      assertThat(respond(call).status()).isEqualTo(504);
      assertThat(respond(call).flag()).isEqualTo(ResponseFlag.UPSTREAM_REQUEST_TIMEOUT);
    }
  }

  static Stream<Arguments> perTryConditions() {
    return Stream.of(
        Arguments.of("5xx", true),
        Arguments.of("gateway-error", true),
        Arguments.of("reset", true),
        Arguments.of("connect-failure", false),
        Arguments.of("retriable-4xx", false));
  }

  @Test
  void aPerTryTimeoutCoversTheHeadOnly() {
    OutboundCall call = call(retry(1, Duration.ofMillis(100), "5xx"));
    Attempt only = send(call);
    only.responded(200, HeaderSource.NONE);
    mesh.timer.pass(Duration.ofSeconds(10));
    only.completed();
    assertThat(done(call).winner()).isSameAs(only);
    assertThat(mesh.telemetry.events)
        .endsWith("call ended 200 - route all cluster c at " + port(only));
  }
}
