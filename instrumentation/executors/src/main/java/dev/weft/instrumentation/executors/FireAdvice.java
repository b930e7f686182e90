package dev.weft.instrumentation.executors;

import net.bytebuddy.asm.Advice;
import org.jspecify.annotations.Nullable;

/** A dependent is tried: it may run now, on whatever thread completed what it depends on. */
final class FireAdvice {

  private FireAdvice() {}

  @Advice.OnMethodEnter(inline = false)
  static @Nullable Object enter(@Advice.This Object dependent) {
    return Carried.look(dependent);
  }

  @Advice.OnMethodExit(inline = false, onThrowable = Throwable.class)
  static void exit(@Advice.Enter @Nullable Object before) {
    Carried.restore((Carried.Before) before);
  }
}
