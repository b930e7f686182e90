package dev.weft.engine.inbound;

import dev.weft.engine.Answer;
import dev.weft.engine.HeaderEdits;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** What a server's guard is to do next about a request. */
public sealed interface InboundStep {

  /**
   * Let the application have it.
   *
   * @param requestHeaders edits to the headers that the application sees
   * @param query what it sees instead of the request's, without a question mark; empty: there is
   *     none; null: the request's
   */
  record Proceed(HeaderEdits requestHeaders, @Nullable String query) implements InboundStep {

    public Proceed(HeaderEdits requestHeaders) {
      this(requestHeaders, null);
    }
  }

  /** Ask again when the stage is complete: an external authorizer or a key set is being asked. */
  record Wait(CompletionStage<?> until) implements InboundStep {}

  /**
   * Hold the request's body back until that much of it is there, or all of it, say what it is by
   * {@link InboundCall#buffered}, and ask again. The application reads it from its beginning. A
   * guard that can't do so closes the connection.
   *
   * @param atLeast bytes; more may be read
   */
  record Buffer(long atLeast) implements InboundStep {}

  /** Answer so; the application never sees the request. */
  record Refuse(Answer answer) implements InboundStep {}
}
