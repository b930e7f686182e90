package dev.weft.instrumentation.executors;

import dev.weft.instrumentation.api.Advice;

/** A pool is handed a task. */
final class SubmitAdvice {

  private SubmitAdvice() {}

  @Advice.OnMethodEnter
  static void enter(@Advice.Argument(0) Object task) {
    Carried.attach(task);
  }
}
