package dev.weft.instrumentation.sample;

import dev.weft.instrumentation.api.Advice;

/** Fails. */
final class ThrowingAdvice {

  private ThrowingAdvice() {}

  @Advice.OnMethodExit
  static void exit(@Advice.This Object constructed) {
    if (constructed.toString() != null) {
      throw new IllegalStateException("thrown by advice");
    }
  }
}
