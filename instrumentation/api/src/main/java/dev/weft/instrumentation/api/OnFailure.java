package dev.weft.instrumentation.api;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Makes an advice method a guard, which fails closed: names the static method of the same class
 * that answers in its place when it throws. That method takes the {@link Throwable} and then the
 * advice method's own parameters, and has its return type.
 *
 * <p><b>Where a guard can't answer at all, because it can't be linked or because the other method
 * throws as well, the woven method throws a {@link SecurityException} and nothing passes.</b> (Java
 * code doesn't catch it in the method itself; other compilers may cover a method's return by its
 * own handlers, which then lead to another guarded return.)
 *
 * <pre>{@code
 * @Advice.OnMethodExit
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
