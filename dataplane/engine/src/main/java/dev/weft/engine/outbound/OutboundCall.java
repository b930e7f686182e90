package dev.weft.engine.outbound;

import org.jspecify.annotations.Nullable;

/**
 * One request's way through the mesh. The carrier asks for a step, does it, and asks again until it
 * is told {@link OutboundStep.Done}, {@link OutboundStep.Respond} or {@link OutboundStep.Pass}:
 *
 * <pre>{@code
 * while (true) {
 *   switch (call.next()) {
 *     case Send send -> // carry send.attempt(), report to it what happens, ask again
 *     case Wait wait -> // block on wait.until(), or compose with it; ask again
 *     case Respond respond -> // give the application respond.answer()
 *     case Done done -> // give it the winner's response, or throw the winner's failure
 *     case Pass pass -> // carry on as if Weft were not there
 *   }
 * }
 * }</pre>
 *
 * <p>A blocking carrier carries an attempt to the response's headers before it asks again. An
 * asynchronous one asks again at once: with an attempt under way the answer is a {@link
 * OutboundStep.Wait} that ends when the attempt's outcome is known, when its time is up, or when a
 * second attempt is due beside it (hedging). {@code next} is never called by two threads at once;
 * the attempts may be reported to from any.
 */
public interface OutboundCall {

  /** What to do now. Never blocks. Terminal steps are returned again if asked for again. */
  OutboundStep next();

  /**
   * The application gave up: attempts under way are aborted, nothing more is sent. Later steps are
   * {@link OutboundStep.Done} with the last attempt, or without one.
   */
  void cancelled();

  /** The route that was matched, for logs and metrics; null before the first step decided it. */
  @Nullable String routeName();
}
