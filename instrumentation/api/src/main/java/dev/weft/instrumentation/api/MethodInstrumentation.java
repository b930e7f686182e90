package dev.weft.instrumentation.api;

/**
 * Advice around the methods, declared by the type itself, that a matcher accepts.
 *
 * <p>The advice class says by {@link Advice}'s annotations what it wants. Its methods are called
 * through {@code invokedynamic}, linked once:
 *
 * <ul>
 *   <li>What advice takes is converted to its parameters' types, so these may be wider than what
 *       the library declares. What the module itself passes from enter to exit is of any type.
 *   <li>Arguments, and what the method throws, can't be changed.
 *   <li>What an advice method throws never reaches the application. It is counted, the first few
 *       are logged, and the advice is taken to have returned {@code null}, 0 or false, or what the
 *       method returned if it {@linkplain Advice.AssignReturned assigns} that; unless it is a
 *       guard: then {@link OnFailure} applies.
 *   <li>Classes may have been loaded before the agent: advice adds neither fields nor methods.
 * </ul>
 *
 * @param method accepts the methods; expected to accept at least one
 * @param adviceClass binary name of the advice class, in the module's package or below
 * @param required whether the library is taken for an unknown one when no method is accepted
 */
public record MethodInstrumentation(MethodMatcher method, String adviceClass, boolean required) {

  /** Advice that is required. */
  public MethodInstrumentation(MethodMatcher method, String adviceClass) {
    this(method, adviceClass, true);
  }

  /** The same for methods that only some versions of the library have. */
  public MethodInstrumentation optional() {
    return new MethodInstrumentation(method, adviceClass, false);
  }
}
