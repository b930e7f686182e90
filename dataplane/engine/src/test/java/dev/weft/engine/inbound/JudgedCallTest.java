package dev.weft.engine.inbound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.engine.RecordingTelemetry;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** What a request holds is given back once, whatever becomes of it. */
class JudgedCallTest {

  private final List<Boolean> released = new ArrayList<>();
  private final CompletableFuture<Verdict> awaited = new CompletableFuture<>();

  private final Judge holding =
      facts -> {
        facts.hold(released::add);
        return Verdict.Granted.INSTANCE;
      };
  private final Judge asking = facts -> new Verdict.Pending(awaited);

  private static JudgedCall call(Judge... judges) {
    FakeInboundRequest request = new FakeInboundRequest();
    return new JudgedCall(
        PortJudge.of(List.of(judges)), request, new RecordingTelemetry().inbound(request));
  }

  @Test
  void whenItsResponseIsWritten() {
    JudgedCall call = call(holding);
    assertThat(call.next()).isInstanceOf(InboundStep.Proceed.class);
    assertThat(released).isEmpty();
    call.completed();
    call.failed(new IOException("late"));
    assertThat(released).containsExactly(true);
  }

  @Test
  void whenALaterJudgeRefuses() {
    JudgedCall call = call(holding, facts -> RbacJudge.AMBIGUOUS);
    assertThat(call.next()).isInstanceOf(InboundStep.Refuse.class);
    call.completed();
    assertThat(released).containsExactly(true);
  }

  @Test
  void whenALaterJudgeFails() {
    JudgedCall call =
        call(
            holding,
            facts -> {
              throw new IllegalStateException("injected");
            });
    assertThatThrownBy(call::next).hasMessage("injected");
    call.failed(new IOException("closed"));
    assertThat(released).containsExactly(false);
  }

  @Test
  void whenTheClientLeavesWhileALaterJudgeAsks() {
    JudgedCall call = call(holding, asking);
    assertThat(call.next()).isInstanceOf(InboundStep.Wait.class);
    call.failed(new IOException("gone"));
    assertThat(released).containsExactly(false);
  }

  @Test
  void nothingIsHeldForAClientThatHasLeft() {
    JudgedCall call = call(asking, holding);
    assertThat(call.next()).isInstanceOf(InboundStep.Wait.class);
    call.failed(new IOException("gone"));
    awaited.complete(Verdict.Granted.INSTANCE);
    assertThatThrownBy(call::next).isInstanceOf(CancellationException.class);
    assertThat(released).isEmpty();
  }

  @Test
  void whatIsTakenJustAsTheClientLeavesIsGivenBack() {
    JudgedCall[] call = new JudgedCall[1];
    call[0] =
        call(
            facts -> {
              call[0].failed(new IOException("gone"));
              facts.hold(released::add);
              return Verdict.Granted.INSTANCE;
            });
    assertThatThrownBy(call[0]::next).isInstanceOf(CancellationException.class);
    assertThat(released).containsExactly(false);
  }
}
