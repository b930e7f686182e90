package dev.weft.instrumentation.executors;

import java.util.concurrent.ForkJoinPool;
import net.bytebuddy.asm.Advice;

/** As {@link ForkJoinSubmitAdvice}, where whether to wake a worker is the first argument. */
final class ForkJoinPushAdvice {

  private ForkJoinPushAdvice() {}

  @Advice.OnMethodEnter(inline = false)
  static void enter(@Advice.This ForkJoinPool pool, @Advice.Argument(1) Object task) {
    Carried.attach(task, pool);
  }
}
