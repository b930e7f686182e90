package dev.weft.instrumentation.api;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * What the annotations of an advice class say. Advice is written like this:
 *
 * <pre>{@code
 * @Advice.OnMethodEnter
 * static Object before(@Advice.This Object client) { … }
 *
 * @Advice.OnMethodExit(onThrowable = true)
 * static void after(@Advice.Enter Object begun, @Advice.Thrown Throwable thrown) { … }
 * }</pre>
 *
 * <p>An advice class has at most one static method of each kind; neither need be public. {@link
 * MethodInstrumentation} says what holds for them.
 */
public final class Advice {

  private Advice() {}

  /** Run before the method. In constructors there is no such advice. */
  @Retention(RetentionPolicy.CLASS)
  @Target(ElementType.METHOD)
  public @interface OnMethodEnter {

    /**
     * Whether the advice may answer in the method's place. A result other than {@code null} is then
     * what the method returns, without having run; of a {@code void} method the advice returns
     * whether it has done the work. Advice for the method's exit is run either way.
     */
    boolean answers() default false;
  }

  /** Run after the method. */
  @Retention(RetentionPolicy.CLASS)
  @Target(ElementType.METHOD)
  public @interface OnMethodExit {

    /** Whether it is also run when the method throws. Not in constructors. */
    boolean onThrowable() default false;

    /**
     * Whether a result of {@code true} has the method run again, from its start and with the same
     * arguments, in place of returning. Of methods that don't change their arguments and leave
     * nothing else on the stack when they return, as javac's don't.
     */
    boolean repeats() default false;
  }

  /**
   * What this advice for a method's exit returns is what the method returns. Its first parameter is
   * the {@link Return}, to be given back where there is nothing to change, and taken for the answer
   * when the advice throws. Of no consequence when the method has thrown.
   */
  @Retention(RetentionPolicy.CLASS)
  @Target(ElementType.METHOD)
  public @interface AssignReturned {}

  /** The object whose method it is. */
  @Retention(RetentionPolicy.CLASS)
  @Target(ElementType.PARAMETER)
  public @interface This {}

  /** An argument as the caller gave it, counted from 0. Not in constructors. */
  @Retention(RetentionPolicy.CLASS)
  @Target(ElementType.PARAMETER)
  public @interface Argument {

    /** Its index. */
    int value();
  }

  /** A field's value by now; the type itself declares it. */
  @Retention(RetentionPolicy.CLASS)
  @Target(ElementType.PARAMETER)
  public @interface FieldValue {

    /** The field's name. */
    String value();
  }

  /** What the advice for the method's entry returned; {@code null}, 0 or false if it has thrown. */
  @Retention(RetentionPolicy.CLASS)
  @Target(ElementType.PARAMETER)
  public @interface Enter {}

  /** What the method returns; {@code null}, 0 or false if nothing. */
  @Retention(RetentionPolicy.CLASS)
  @Target(ElementType.PARAMETER)
  public @interface Return {}

  /** What the method throws, or null. */
  @Retention(RetentionPolicy.CLASS)
  @Target(ElementType.PARAMETER)
  public @interface Thrown {}
}
