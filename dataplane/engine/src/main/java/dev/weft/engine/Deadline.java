package dev.weft.engine;

import java.util.concurrent.TimeUnit;

/**
 * Until when somebody waits for the answer to a request, and so for all that is called on its
 * behalf. Lifted when it was answered: what the application goes on doing then is not bounded by
 * it.
 */
public final class Deadline {

  /** Waits for ever. */
  public static final Deadline NONE = new Deadline(Long.MAX_VALUE);

  private final long nanos;
  private volatile boolean lifted;

  private Deadline(long nanos) {
    this.nanos = nanos;
  }

  /**
   * @param nanos on {@link System#nanoTime}'s scale
   */
  public static Deadline at(long nanos) {
    return new Deadline(nanos);
  }

  /** As a request's sender says, in gRPC's words ({@code grpc-timeout}) or in Envoy's. */
  public static Deadline of(HeaderSource request, long now) {
    long timeout =
        GrpcStatus.isGrpc(request.header("content-type"))
            ? GrpcTimeout.nanos(request.header("grpc-timeout"))
            : 0;
    if (timeout == 0) {
      long millis = request.number("x-envoy-expected-rq-timeout-ms");
      timeout = TimeUnit.MILLISECONDS.toNanos(Math.max(0, millis));
    }
    return timeout == 0 ? NONE : new Deadline(now + timeout);
  }

  /** Whether there is no end. */
  public boolean isNone() {
    return lifted || nanos == Long.MAX_VALUE;
  }

  /** How much time is left; may be none, or less. Meaningless if it {@link #isNone}. */
  public long remainingNanos(long now) {
    return nanos - now;
  }

  /** Nobody waits any more. */
  public void lift() {
    if (nanos != Long.MAX_VALUE) {
      lifted = true;
    }
  }
}
