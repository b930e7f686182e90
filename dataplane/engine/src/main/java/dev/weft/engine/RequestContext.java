package dev.weft.engine;

import org.jspecify.annotations.Nullable;

/**
 * What an inbound request lends to the calls made on its behalf. It follows the request through the
 * application: instrumentation puts it on each thread that works for the request.
 *
 * @param trace the server span, parent of the calls' client spans; null if tracing is off
 * @param deadline when the caller stops waiting
 * @param requestId {@code x-request-id}, by which logs of all that work for one request are found;
 *     null if there is none
 */
public record RequestContext(
    @Nullable TraceContext trace, Deadline deadline, @Nullable String requestId) {

  /** Of a request without an ID. */
  public RequestContext(@Nullable TraceContext trace, Deadline deadline) {
    this(trace, deadline, null);
  }

  /** What works in this is Weft itself: its calls are not the mesh's. */
  public static final RequestContext OWN = new RequestContext(null, Deadline.NONE);

  /** Set in place: to remove a thread-local and set it anew costs several times as much. */
  private static final ThreadLocal<Slot> CURRENT = ThreadLocal.withInitial(Slot::new);

  private static final class Slot {
    @Nullable RequestContext context;
  }

  /** The same for somebody who waits no longer than this. */
  public RequestContext until(Deadline caller) {
    return caller.isNone() ? this : new RequestContext(trace, caller, requestId);
  }

  /** Whether this is {@link #OWN}, the one and only. */
  @SuppressWarnings("ReferenceEquality")
  public boolean isOwn() {
    return this == OWN;
  }

  /** The context of the request that the current thread works for. */
  public static @Nullable RequestContext current() {
    return CURRENT.get().context;
  }

  /**
   * Puts a context on the current thread.
   *
   * @return the one before, to be put back when the work is over
   */
  public static @Nullable RequestContext swap(@Nullable RequestContext context) {
    Slot slot = CURRENT.get();
    RequestContext before = slot.context;
    slot.context = context;
    return before;
  }
}
