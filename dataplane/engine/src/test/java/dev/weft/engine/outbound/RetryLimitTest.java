package dev.weft.engine.outbound;

import static dev.weft.engine.EngineFixture.await;
import static dev.weft.engine.EngineFixture.done;
import static dev.weft.engine.EngineFixture.send;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.engine.EngineFixture;
import dev.weft.engine.HeaderSource;
import dev.weft.engine.Model;
import dev.weft.engine.model.CircuitBreakers;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Envoy, circuit breaking: max_retries, as RetryStateImpl asks for it. */
class RetryLimitTest {

  private final EngineFixture mesh =
      new EngineFixture()
          .configure(
              List.of(Model.route("r", Model.forward("c", null, Model.retry(2, "5xx")))),
              Model.with(
                  Model.cluster("c", 1000, 1001), new CircuitBreakers(Integer.MAX_VALUE, 1, null)));

  private OutboundCall failing() {
    OutboundCall call = mesh.call();
    send(call).responded(503, HeaderSource.NONE);
    return call;
  }

  /** RetryStatus::NoOverflow: the response that there is, flagged UO. */
  @Test
  void aRetryTooManyIsNotMade() {
    OutboundCall first = failing();
    assertThat(await(first)).isNotDone();
    OutboundCall second = failing();
    Objects.requireNonNull(done(second).winner()).completed();
    assertThat(mesh.telemetry.events).last().asString().startsWith("call ended 503 UO");
  }

  /** From the decision to retry until the response of that, or the next decision. */
  @Test
  void aRetryCountsUntilItIsOver() {
    OutboundCall first = failing();
    Attempt retry = mesh.sendAgain(first);
    assertThat(done(failing()).winner()).as("while the retry is under way").isNotNull();
    retry.responded(200, HeaderSource.NONE);
    assertThat(done(first).winner()).isSameAs(retry);
    assertThat(await(failing())).isNotDone();
  }

  /** The retry of a retry takes its place. */
  @Test
  void aCallHasOneRetryAtATime() {
    OutboundCall call = failing();
    mesh.sendAgain(call).responded(503, HeaderSource.NONE);
    mesh.sendAgain(call).responded(200, HeaderSource.NONE);
    assertThat(done(call).winner()).isNotNull();
  }

  @Test
  void aCancelledCallGivesItsRetryBack() {
    OutboundCall call = failing();
    assertThat(await(call)).isNotDone();
    call.cancelled();
    assertThat(await(failing())).isNotDone();
  }
}
