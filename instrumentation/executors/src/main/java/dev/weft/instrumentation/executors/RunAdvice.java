package dev.weft.instrumentation.executors;

import dev.weft.instrumentation.api.Advice;
import org.jspecify.annotations.Nullable;

/** A task runs. */
final class RunAdvice {

  private RunAdvice() {}

  @Advice.OnMethodEnter
  static Carried.@Nullable Before enter(@Advice.This Object task) {
    return Carried.take(task);
  }

  @Advice.OnMethodExit(onThrowable = true)
  static void exit(@Advice.Enter Carried.@Nullable Before before) {
    Carried.restore(before);
  }
}
