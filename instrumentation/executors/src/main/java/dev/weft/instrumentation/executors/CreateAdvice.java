package dev.weft.instrumentation.executors;

import dev.weft.instrumentation.api.Advice;

/** A task that is about to leave the current thread. */
final class CreateAdvice {

  private CreateAdvice() {}

  @Advice.OnMethodEnter
  static void enter(@Advice.This Object task) {
    Carried.attach(task);
  }
}
