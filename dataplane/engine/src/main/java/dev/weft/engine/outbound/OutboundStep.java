package dev.weft.engine.outbound;

import dev.weft.engine.Answer;
import dev.weft.engine.HeaderEdits;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** What a carrier is to do next about an outbound request. */
public sealed interface OutboundStep {

  /**
   * Not the mesh's after all: do what would be done without Weft. Only ever the first or after a
   * wait.
   */
  record Pass() implements OutboundStep {
    public static final Pass INSTANCE = new Pass();
  }

  /** Send the request as this attempt says. */
  record Send(Attempt attempt) implements OutboundStep {}

  /**
   * Ask again when the stage is complete; how it completes does not matter.
   *
   * @param until configuration, an injected delay, a back-off, or an attempt under way
   */
  record Wait(CompletionStage<?> until) implements OutboundStep {}

  /** The policy's own response, instead of any upstream's. */
  record Respond(Answer answer) implements OutboundStep {}

  /**
   * The call is decided.
   *
   * @param winner whose response or failure the application gets; null only after a cancellation
   *     before anything was sent
   * @param responseHeaders edits to the response's headers
   */
  record Done(@Nullable Attempt winner, HeaderEdits responseHeaders) implements OutboundStep {}
}
