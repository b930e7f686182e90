package dev.weft.instrumentation.executors;

import dev.weft.instrumentation.api.Advice;
import java.util.concurrent.ForkJoinPool;

/** A fork/join pool is handed a task. */
final class ForkJoinSubmitAdvice {

  private ForkJoinSubmitAdvice() {}

  @Advice.OnMethodEnter
  static void enter(@Advice.This ForkJoinPool pool, @Advice.Argument(0) Object task) {
    Carried.attach(task, pool);
  }
}
