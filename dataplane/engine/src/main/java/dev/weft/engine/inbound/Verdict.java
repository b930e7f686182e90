package dev.weft.engine.inbound;

import dev.weft.engine.Answer;
import java.util.concurrent.CompletionStage;

/** What a judge says about a request. */
sealed interface Verdict {

  /** Nothing against it. */
  record Granted() implements Verdict {
    static final Granted INSTANCE = new Granted();
  }

  /**
   * @param policy for telemetry only; never told to the caller
   */
  record Denied(Answer answer, String policy) implements Verdict {}

  /** It depends on somebody else's answer. A stage that fails is a judge that failed. */
  record Pending(CompletionStage<? extends Verdict> verdict) implements Verdict {}
}
