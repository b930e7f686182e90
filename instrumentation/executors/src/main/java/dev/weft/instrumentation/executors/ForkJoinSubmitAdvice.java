package dev.weft.instrumentation.executors;

import java.util.concurrent.ForkJoinPool;
import net.bytebuddy.asm.Advice;

/** A fork/join pool is handed a task. */
final class ForkJoinSubmitAdvice {

  private ForkJoinSubmitAdvice() {}

  @Advice.OnMethodEnter(inline = false)
  static void enter(@Advice.This ForkJoinPool pool, @Advice.Argument(0) Object task) {
    Carried.attach(task, pool);
  }
}
