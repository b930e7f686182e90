package dev.weft.engine.inbound;

import dev.weft.engine.Answer;
import dev.weft.engine.Deadline;
import dev.weft.engine.Header;
import dev.weft.engine.HeaderEdits;
import dev.weft.engine.HeaderSource;
import dev.weft.engine.RequestContext;
import dev.weft.engine.ResponseFlag;
import dev.weft.engine.limits.Permit;
import dev.weft.engine.spi.CheckCodec.ConditionalHeader;
import dev.weft.engine.spi.Telemetry;
import dev.weft.engine.spi.Telemetry.InboundObservation;
import dev.weft.engine.spi.Timer;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import org.jspecify.annotations.Nullable;

/** One inbound request: judged, then observed until its response is written. */
public final class JudgedCall implements InboundCall {

  private static final AtomicReferenceFieldUpdater<JudgedCall, @Nullable Permit> PERMIT =
      AtomicReferenceFieldUpdater.newUpdater(JudgedCall.class, Permit.class, "permit");

  private final PortJudge judge;
  private final InboundRequest request;
  private final InboundObservation observation;
  private final Deadline deadline;
  private final RequestContext context;
  private final AtomicBoolean ended = new AtomicBoolean();

  private @Nullable Facts facts;
  private int asked;
  private @Nullable CompletableFuture<?> pending;
  private boolean askAgain;
  private @Nullable InboundStep decided;
  private volatile HeaderEdits responseEdits = HeaderEdits.NONE;
  private volatile List<ConditionalHeader> conditionalEdits = List.of();
  private volatile int status;
  private volatile ResponseFlag flag = ResponseFlag.NONE;
  private volatile @Nullable String refusedBy;
  private volatile @Nullable Permit permit;

  JudgedCall(PortJudge judge, InboundRequest request, InboundObservation observation) {
    this(judge, request, observation, Deadline.NONE);
  }

  private JudgedCall(
      PortJudge judge, InboundRequest request, InboundObservation observation, Deadline deadline) {
    this.judge = judge;
    this.request = request;
    this.observation = observation;
    this.deadline = deadline;
    context = observation.context().until(deadline);
  }

  /** Begins the judgement of a request by what the snapshot says about its port. */
  public static JudgedCall of(
      InboundSnapshot snapshot, InboundRequest request, Telemetry telemetry, Timer timer) {
    return new JudgedCall(
        snapshot.judge(request.localAddress().getPort()),
        request,
        telemetry.inbound(request),
        Deadline.of(request, timer.nanoTime()));
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
    if (judge.judges() == 0) {
      InboundStep step = new InboundStep.Proceed(Facts.own(request));
      decided = step;
      return step;
    }
    Facts facts = this.facts;
    if (facts == null) {
      facts = judge.facts(request, observation);
      this.facts = facts;
    }
    if (ended.get()) {
      throw new CancellationException("the request is over");
    }
    InboundStep step = null;
    while (step == null) {
      CompletableFuture<?> awaited = pending;
      Verdict verdict = Verdict.Granted.INSTANCE;
      if (awaited != null) {
        if (!awaited.isDone()) {
          return new InboundStep.Wait(awaited);
        }
        pending = null;
        // Who is to be asked again sees for himself what has failed.
        verdict =
            askAgain ? Verdict.Granted.INSTANCE : (Verdict) Objects.requireNonNull(awaited.join());
        askAgain = false;
      } else if (asked < judge.judges()) {
        verdict = judge.judge(asked++, facts);
      } else {
        step = proceed(facts);
      }
      if (verdict instanceof Verdict.Pending answer) {
        pending = answer.verdict().toCompletableFuture();
        return new InboundStep.Wait(answer.verdict());
      } else if (verdict instanceof Verdict.Later later) {
        pending = later.until().toCompletableFuture();
        askAgain = true;
        asked--;
        return new InboundStep.Wait(later.until());
      } else if (verdict instanceof Verdict.Buffer body) {
        asked--;
        return new InboundStep.Buffer(body.atLeast());
      } else if (verdict instanceof Verdict.Denied denied) {
        step = refuse(facts, denied);
      } else {
        facts.accept(
            verdict instanceof Verdict.Appending appending
                ? appending.to(facts)
                : (Verdict.Granted) verdict);
        // Here, for the request may end while the next one is still to say something.
        if (facts.permit() != null) {
          permit = facts.permit();
          if (ended.get()) {
            release(false);
            throw new CancellationException("the request is over");
          }
        }
      }
    }
    decided = step;
    this.facts = null; // a body may be among them
    return step;
  }

  private InboundStep proceed(Facts facts) {
    responseEdits = facts.responseEdits();
    conditionalEdits = facts.conditionalEdits();
    return new InboundStep.Proceed(facts.requestEdits(), facts.query());
  }

  /** As by Envoy, what the filters before have to say to the response holds for a refusal, too. */
  private InboundStep refuse(Facts facts, Verdict.Denied denied) {
    Answer plain = denied.answer().to(request);
    Answer answer =
        plain.edited(
            complete(facts.responseEdits(), facts.conditionalEdits(), name -> find(plain, name)));
    status = answer.status();
    flag = answer.flag();
    refusedBy = denied.policy();
    if (denied.details() != null) {
      observation.detailed(denied.details());
    }
    return new InboundStep.Refuse(answer);
  }

  private static @Nullable String find(Answer answer, String name) {
    for (Header header : answer.headers()) {
      if (header.name().equals(name)) {
        return header.value();
      }
    }
    return null;
  }

  @Override
  public void buffered(RequestBody body) {
    Facts facts = this.facts;
    if (facts != null) {
      facts.buffered(body);
    }
  }

  @Override
  public RequestContext context() {
    return context;
  }

  @Override
  public HeaderEdits responded(int status, HeaderSource headers) {
    this.status = status;
    observation.responded(status, headers);
    return complete(responseEdits, conditionalEdits, headers);
  }

  private static HeaderEdits complete(
      HeaderEdits edits, List<ConditionalHeader> conditional, HeaderSource response) {
    HeaderEdits complete = edits;
    for (ConditionalHeader each : conditional) {
      Header header = each.header();
      if ((complete.header(header.name(), response) != null) == each.ifPresent()) {
        complete = complete.then(new HeaderEdits(List.of(), List.of(header), List.of()));
      }
    }
    return complete;
  }

  @Override
  public void transferred(long received, long sent) {
    observation.transferred(received, sent);
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
      deadline.lift();
      release(failure == null);
      observation.ended(status, flag, refusedBy, failure);
    }
  }

  /** Once, by whichever comes last: the permit, or the end. */
  private void release(boolean completed) {
    Permit held = permit == null ? null : PERMIT.getAndSet(this, null);
    if (held != null) {
      held.release(completed);
    }
  }
}
