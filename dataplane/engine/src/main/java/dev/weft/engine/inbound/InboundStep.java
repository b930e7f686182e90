package dev.weft.engine.inbound;

import dev.weft.engine.Answer;
import dev.weft.engine.HeaderEdits;
import java.util.concurrent.CompletionStage;

/** What a server's guard is to do next about a request. */
public sealed interface InboundStep {

  /**
   * Let the application have it.
   *
   * @param requestHeaders edits to the headers that the application sees
   */
  record Proceed(HeaderEdits requestHeaders) implements InboundStep {}

  /** Ask again when the stage is complete: an external authorizer or a key set is being asked. */
  record Wait(CompletionStage<?> until) implements InboundStep {}

  /** Answer so; the application never sees the request. */
  record Refuse(Answer answer) implements InboundStep {}
}
