package dev.weft.instrumentation.executors;

import net.bytebuddy.asm.Advice;
import org.jspecify.annotations.Nullable;

/** A task runs. */
final class RunAdvice {

  private RunAdvice() {}

  @Advice.OnMethodEnter(inline = false)
  static @Nullable Object enter(@Advice.This Object task) {
    return Carried.take(task);
  }

  @Advice.OnMethodExit(inline = false, onThrowable = Throwable.class)
  static void exit(@Advice.Enter @Nullable Object before) {
    Carried.restore((Carried.Before) before);
  }
}
