package dev.weft.engine.outbound;

import dev.weft.engine.ResponseFlag;
import dev.weft.engine.upstream.Target;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** The attempts of one call, linked from the last to the first. */
final class Attempts {

  private @Nullable ForwardedAttempt last;
  private int count;

  void add(ForwardedAttempt attempt) {
    last = attempt;
    count++;
  }

  @Nullable ForwardedAttempt last() {
    return last;
  }

  int count() {
    return count;
  }

  boolean tried(Target target) {
    for (ForwardedAttempt attempt = last; attempt != null; attempt = attempt.earlier) {
      if (attempt.target == target) {
        return true;
      }
    }
    return false;
  }

  /** Whether there may still be a response of one of them. */
  boolean someAwaitsHead() {
    for (ForwardedAttempt attempt = last; attempt != null; attempt = attempt.earlier) {
      if (attempt.awaitsHead()) {
        return true;
      }
    }
    return false;
  }

  void abortAllBut(@Nullable ForwardedAttempt spared, ResponseFlag flag) {
    for (ForwardedAttempt attempt = last; attempt != null; attempt = attempt.earlier) {
      if (attempt != spared) {
        attempt.abort(null, flag);
      }
    }
  }

  /** The call's time is up; that counts against those that had no answer, once for each. */
  void timeOut() {
    for (ForwardedAttempt attempt = last; attempt != null; attempt = attempt.earlier) {
      if (!attempt.ended) {
        if (!attempt.hedged) {
          attempt.report(504);
        }
        attempt.abort(new TimeoutException("route timeout"), ResponseFlag.UPSTREAM_REQUEST_TIMEOUT);
      }
    }
  }
}
