package dev.weft.engine.inbound;

import dev.weft.engine.HeaderEdits;
import dev.weft.engine.HeaderSource;
import dev.weft.engine.RequestContext;

/**
 * One inbound request. The guard asks {@link #next} until it is told to proceed or what to answer,
 * and then reports how the response went, which ends the server span and counts the request. Events
 * may come from any thread, each at most once.
 */
public interface InboundCall {

  /** What to do now. Never blocks. A throwable from here means: close the connection. */
  InboundStep next();

  /** What was asked for by {@link InboundStep.Buffer}: all that was read of the body so far. */
  default void buffered(RequestBody body) {}

  /** To be current on every thread that works for this request. */
  RequestContext context();

  /** The response's head is about to be written; what is to be changed in it. */
  HeaderEdits responded(int status, HeaderSource headers);

  /**
   * How much of the bodies was read and written, bytes, where the server counts it; before what
   * ends the request.
   */
  default void transferred(long received, long sent) {}

  /** The response was written whole. Also to be called after a refusal was written. */
  void completed();

  /** The connection broke, or the application left the response unfinished. */
  void failed(Throwable cause);
}
