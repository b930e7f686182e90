package dev.weft.instrumentation.sample;

import dev.weft.instrumentation.api.Advice;

/** Answers in the method's place. */
final class SkipAdvice {

  private SkipAdvice() {}

  @Advice.OnMethodEnter(answers = true)
  static Object enter() {
    return "skipped";
  }
}
