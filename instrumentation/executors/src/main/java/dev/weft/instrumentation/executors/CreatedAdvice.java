package dev.weft.instrumentation.executors;

import net.bytebuddy.asm.Advice;

/** A task was made, to run on another thread. */
final class CreatedAdvice {

  private CreatedAdvice() {}

  @Advice.OnMethodExit(inline = false)
  static void exit(@Advice.This Object task) {
    Carried.attach(task);
  }
}
