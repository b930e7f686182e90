package dev.weft.instrumentation.executors;

import dev.weft.instrumentation.api.Advice;
import java.util.concurrent.ForkJoinPool;

/** As {@link ForkJoinSubmitAdvice}, where whether to wake a worker is the first argument. */
final class ForkJoinPushAdvice {

  private ForkJoinPushAdvice() {}

  @Advice.OnMethodEnter
  static void enter(@Advice.This ForkJoinPool pool, @Advice.Argument(1) Object task) {
    Carried.attach(task, pool);
  }
}
