package dev.weft.instrumentation.sample;

import net.bytebuddy.asm.Advice;

/** Fails. */
final class ThrowingAdvice {

  private ThrowingAdvice() {}

  @Advice.OnMethodExit(inline = false)
  static void exit(@Advice.This Object constructed) {
    if (constructed.toString() != null) {
      throw new IllegalStateException("thrown by advice");
    }
  }
}
