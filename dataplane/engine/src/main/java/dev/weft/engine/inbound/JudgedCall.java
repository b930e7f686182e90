package dev.weft.engine.inbound;

import dev.weft.engine.Answer;
import dev.weft.engine.HeaderEdits;
import dev.weft.engine.HeaderSource;
import dev.weft.engine.PeerMetadata;
import dev.weft.engine.RequestContext;
import dev.weft.engine.ResponseFlag;
import dev.weft.engine.spi.Telemetry;
import dev.weft.engine.spi.Telemetry.InboundObservation;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** One inbound request: judged, then observed until its response is written. */
public final class JudgedCall implements InboundCall {

  private static final InboundStep PROCEED = new InboundStep.Proceed(PeerMetadata.REMOVAL);

  private final Judge judge;
  private final InboundRequest request;
  private final InboundObservation observation;
  private final AtomicBoolean ended = new AtomicBoolean();

  private @Nullable CompletableFuture<? extends Verdict> pending;
  private @Nullable InboundStep decided;
  private volatile int status;
  private volatile ResponseFlag flag = ResponseFlag.NONE;
  private volatile @Nullable String refusedBy;

  JudgedCall(Judge judge, InboundRequest request, InboundObservation observation) {
    this.judge = judge;
    this.request = request;
    this.observation = observation;
  }

  /** Begins the judgement of a request by what the snapshot says about its port. */
  public static JudgedCall of(
      InboundSnapshot snapshot, InboundRequest request, Telemetry telemetry) {
    return new JudgedCall(
        snapshot.judge(request.localAddress().getPort()), request, telemetry.inbound(request));
  }

  @Override
  public InboundStep next() {
    InboundStep step = decided;
    if (step == null) {
      step = ask();
    }
    return step;
  }

  private InboundStep ask() {
    CompletableFuture<? extends Verdict> asked = pending;
    Verdict verdict;
    if (asked == null) {
      verdict = judge.judge(request);
    } else if (asked.isDone()) {
      verdict = asked.join();
    } else {
      return new InboundStep.Wait(asked);
    }
    if (verdict instanceof Verdict.Pending answer) {
      pending = answer.verdict().toCompletableFuture();
      return new InboundStep.Wait(answer.verdict());
    }
    InboundStep step = PROCEED;
    if (verdict instanceof Verdict.Denied denied) {
      step = refuse(denied.answer(), denied.policy());
    }
    decided = step;
    return step;
  }

  private InboundStep refuse(Answer answer, String policy) {
    status = answer.status();
    flag = answer.flag();
    refusedBy = policy;
    return new InboundStep.Refuse(answer);
  }

  @Override
  public RequestContext context() {
    return observation.context();
  }

  @Override
  public HeaderEdits responded(int status, HeaderSource headers) {
    this.status = status;
    return HeaderEdits.NONE;
  }

  @Override
  public void completed() {
    end(flag, null);
  }

  @Override
  public void failed(Throwable cause) {
    end(ResponseFlag.DOWNSTREAM_CONNECTION_TERMINATION, cause);
  }

  private void end(ResponseFlag flag, @Nullable Throwable failure) {
    if (ended.compareAndSet(false, true)) {
      observation.ended(status, flag, refusedBy, failure);
    }
  }
}
