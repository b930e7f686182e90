package dev.weft.instrumentation.api;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * On an advice method that must fail closed: names the static method of the same class that answers
 * in its place when it throws. That method takes the {@link Throwable} and then the advice method's
 * own parameters, and has its return type. What it throws itself is swallowed.
 *
 * <pre>{@code
 * @Advice.OnMethodExit(inline = false)
 * @OnFailure("close")
 * static void accepted(@Advice.Return Socket socket) { … }
 *
 * static void close(Throwable failure, Socket socket) throws IOException {
 *   socket.close();
 * }
 * }</pre>
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface OnFailure {

  /** The method's name. */
  String value();
}
