package dev.weft.instrumentation.executors;

import dev.weft.instrumentation.api.Advice;

/** A task was made, to run on another thread. */
final class CreatedAdvice {

  private CreatedAdvice() {}

  @Advice.OnMethodExit
  static void exit(@Advice.This Object task) {
    Carried.attach(task);
  }
}
