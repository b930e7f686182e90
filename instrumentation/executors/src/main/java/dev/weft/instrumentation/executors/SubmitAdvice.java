package dev.weft.instrumentation.executors;

import net.bytebuddy.asm.Advice;

/** A pool is handed a task. */
final class SubmitAdvice {

  private SubmitAdvice() {}

  @Advice.OnMethodEnter(inline = false)
  static void enter(@Advice.Argument(0) Object task) {
    Carried.attach(task);
  }
}
