package dev.weft.engine.outbound;

import dev.weft.engine.HeaderSource;
import org.jspecify.annotations.Nullable;

/**
 * A request about to be sent, read from the library's own object. What says nothing else is read
 * only during {@link dev.weft.engine.Mesh#outbound} and {@link OutboundCall#next}, or when the call
 * is decided.
 */
public interface OutboundRequest extends HeaderSource {

  /** The host that the application named: a name or an IP literal, without brackets. */
  String host();

  /** The port that the application named or that follows from the scheme. */
  int port();

  /** "http" or "https". A request that the application itself encrypts is not routed. */
  String scheme();

  /** The Host header or {@code :authority}. */
  String authority();

  String method();

  /** Path and query, as on the wire. */
  String path();

  /**
   * Whether there may be a header whose name begins so, where that is cheaper to tell than to look
   * for several.
   *
   * @param prefix lower-case
   */
  default boolean mayHaveHeader(String prefix) {
    return true;
  }

  /**
   * The body, for copies of it. Asked when the call is decided, from any thread.
   *
   * @param limit bytes
   * @return null if it isn't known whole, or is longer
   */
  default byte @Nullable [] body(int limit) {
    return null;
  }

  /**
   * Whether the body can be sent again from its start: none, buffered, known to be repeatable, or
   * not read from yet. Asked whenever a retry is thought of, from any thread: a body may become so
   * while it is sent.
   */
  boolean replayable();
}
