package dev.weft.instrumentation.api;

import net.bytebuddy.description.method.MethodDescription;
import net.bytebuddy.matcher.ElementMatcher;

/**
 * Advice around the methods, declared by the type itself, that a matcher accepts.
 *
 * <p>An advice class has at most one static method annotated {@code @Advice.OnMethodEnter(inline =
 * false)} and at most one annotated {@code @Advice.OnMethodExit(inline = false)}; neither need be
 * public. They are called through {@code invokedynamic}, linked once:
 *
 * <ul>
 *   <li>{@code @Advice.This}, {@code Argument}, {@code Return}, {@code Thrown}, {@code Enter} and
 *       {@code FieldValue} parameters work, as do {@code skipOn = Advice.OnNonDefaultValue.class},
 *       {@code onThrowable} and {@code @Advice.AssignReturned}. A value that the advice returns is
 *       assigned unless it is the default ({@code null}, 0, false).
 *   <li>{@code @Advice.Local}, writing to a parameter, and {@code skipOn} with a type of the
 *       module's own don't; {@code @Advice.Origin} with a {@code Method} does but reflects on every
 *       call, so is not to be used.
 *   <li>Signatures name only types that the woven class sees too. What the module itself passes
 *       from enter to exit is therefore declared {@code Object}, and cast.
 *   <li>What an advice method throws never reaches the application. It is counted, the first few
 *       are logged, and the advice is taken to have returned the default value, unless it is a
 *       guard: then {@link OnFailure} applies.
 *   <li>Classes may have been loaded before the agent: advice adds neither fields nor methods.
 * </ul>
 *
 * @param method accepts the methods; expected to accept at least one
 * @param adviceClass binary name of the advice class, in the module's package or below
 * @param required whether the library is taken for an unknown one when no method is accepted
 */
public record MethodInstrumentation(
    ElementMatcher<? super MethodDescription> method, String adviceClass, boolean required) {

  /** Advice that is required. */
  public MethodInstrumentation(
      ElementMatcher<? super MethodDescription> method, String adviceClass) {
    this(method, adviceClass, true);
  }

  /** The same for methods that only some versions of the library have. */
  public MethodInstrumentation optional() {
    return new MethodInstrumentation(method, adviceClass, false);
  }
}
