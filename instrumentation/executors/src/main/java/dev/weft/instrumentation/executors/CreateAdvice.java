package dev.weft.instrumentation.executors;

import net.bytebuddy.asm.Advice;

/** A task that is about to leave the current thread. */
final class CreateAdvice {

  private CreateAdvice() {}

  @Advice.OnMethodEnter(inline = false)
  static void enter(@Advice.This Object task) {
    Carried.attach(task);
  }
}
