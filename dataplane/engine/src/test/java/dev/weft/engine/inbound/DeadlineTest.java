package dev.weft.engine.inbound;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.engine.Deadline;
import dev.weft.engine.EngineFixture;
import dev.weft.engine.RequestContext;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a caller says of its patience, and how long that holds. */
class DeadlineTest {

  /** gRPC over HTTP/2, "Timeout"; Envoy, {@code x-envoy-expected-rq-timeout-ms}. */
  @ParameterizedTest
  @CsvSource({
    "application/grpc, 2S, , 2000",
    "application/grpc+proto, 150m, , 150",
    "application/grpc, 3M, , 180000",
    "application/grpc, , 70, 70",
    "application/grpc, 5S, 70, 5000",
    "application/json, 5S, 70, 70",
    "application/json, 5S, , -1",
    "application/json, , x, -1",
    "application/grpc, 123456789m, , -1",
    "application/grpc, 5x, , -1"
  })
  void isReadFromTheRequest(String type, String grpc, String envoy, long expectedMillis) {
    Map<String, String> headers = new HashMap<>();
    headers.put("content-type", type);
    headers.put("grpc-timeout", grpc);
    headers.put("x-envoy-expected-rq-timeout-ms", envoy);
    Deadline deadline = Deadline.of(headers::get, 1000);
    if (expectedMillis < 0) {
      assertThat(deadline.isNone()).isTrue();
    } else {
      assertThat(deadline.remainingNanos(1000))
          .isEqualTo(Duration.ofMillis(expectedMillis).toNanos());
    }
  }

  @Test
  void holdsUntilTheRequestIsAnswered() {
    EngineFixture mesh = new EngineFixture();
    FakeInboundRequest request = new FakeInboundRequest();
    request.headers.put("x-envoy-expected-rq-timeout-ms", "1000");
    InboundCall call = mesh.engine.inbound(request);
    RequestContext context = call.context();
    mesh.timer.pass(Duration.ofMillis(300));
    assertThat(context.deadline().remainingNanos(mesh.timer.nanoTime()))
        .isEqualTo(Duration.ofMillis(700).toNanos());
    call.completed();
    assertThat(context.deadline().isNone())
        .as("what the application goes on doing is not bounded by it")
        .isTrue();
  }
}
