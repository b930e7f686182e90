package dev.weft.engine.outbound;

import dev.weft.engine.ResponseFlag;
import dev.weft.engine.upstream.ClusterCounter;
import dev.weft.engine.upstream.Target;
import dev.weft.engine.upstream.Upstream;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * The attempts of one call: those made, linked from the last to the first, and what is left of
 * those that may be made.
 */
final class Attempts {

  private @Nullable ForwardedAttempt last;
  private int count;

  private boolean due;
  private boolean backingOff;
  private @Nullable Runnable cancelBackOff;
  private boolean retriable;
  private int retriesLeft;
  private ResponseFlag retryRefusal = ResponseFlag.NONE;

  /** Whose circuit breaker counts a retry of this call, from when it is waited for. */
  private @Nullable Upstream retrying;

  /** The first one is to be made, and so many others may be. */
  void begin(int retries) {
    retriable = retries > 0;
    retriesLeft = retries;
    due = true;
  }

  /** Whether one is to be made now. */
  boolean due() {
    return due;
  }

  /** The one that is due can't be made. */
  void skip() {
    due = false;
  }

  /**
   * Takes one of the retries that the rule allows; {@link #backOff} is to follow.
   *
   * @return which it is, from 1; 0 if none is left, or the cluster has too many already
   */
  int takeRetry(RetryRule rule, Upstream upstream) {
    releaseRetry();
    if (retriesLeft <= 0) {
      // Envoy flags nothing where a request is none of those that may be retried at all.
      if (retriable) {
        retryRefusal = ResponseFlag.UPSTREAM_RETRY_LIMIT_EXCEEDED;
        upstream.count(ClusterCounter.UPSTREAM_RQ_RETRY_LIMIT_EXCEEDED);
      }
      return 0;
    }
    retriesLeft--;
    if (!upstream.acquireRetry()) {
      retryRefusal = ResponseFlag.UPSTREAM_OVERFLOW;
      return 0;
    }
    retrying = upstream;
    return rule.retries() - retriesLeft;
  }

  /** Whether a retry was waited for, or sent. */
  boolean retried() {
    return retrying != null;
  }

  private void releaseRetry() {
    if (retrying != null) {
      retrying.releaseRetry();
      retrying = null;
    }
  }

  /** Why there was no other retry; none if there was no need of one. */
  ResponseFlag retryRefusal() {
    return retryRefusal;
  }

  /**
   * @param cancel ends the back-off before its time
   */
  void backOff(Runnable cancel) {
    backingOff = true;
    cancelBackOff = cancel;
  }

  /** The back-off is over: the retry is due. */
  void backedOff() {
    backingOff = false;
    due = true;
  }

  /** No other attempt will be made. */
  void noMore() {
    if (cancelBackOff != null) {
      cancelBackOff.run();
    }
    releaseRetry();
  }

  void add(ForwardedAttempt attempt) {
    last = attempt;
    count++;
    due = false;
  }

  @Nullable ForwardedAttempt last() {
    return last;
  }

  @Nullable ForwardedAttempt first() {
    ForwardedAttempt attempt = last;
    while (attempt != null && attempt.earlier != null) {
      attempt = attempt.earlier;
    }
    return attempt;
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

  /** Whether there may still be a response, of one that was made or of another. */
  boolean mayAnswer() {
    if (backingOff || due) {
      return true;
    }
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
        attempt.count(ClusterCounter.UPSTREAM_RQ_TIMEOUT);
        if (!attempt.hedged) {
          attempt.reportFailure(504);
        }
        attempt.abort(new TimeoutException("route timeout"), ResponseFlag.UPSTREAM_REQUEST_TIMEOUT);
      }
    }
  }
}
