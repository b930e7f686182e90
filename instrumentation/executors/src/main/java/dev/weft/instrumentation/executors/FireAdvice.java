package dev.weft.instrumentation.executors;

import java.util.concurrent.CompletableFuture;
import net.bytebuddy.asm.Advice;
import org.jspecify.annotations.Nullable;

/** A dependent is tried: it may run now, on whatever thread completed what it depends on. */
final class FireAdvice {

  private FireAdvice() {}

  @Advice.OnMethodEnter(inline = false)
  static @Nullable Object enter(@Advice.This Object dependent) {
    return Carried.look(dependent);
  }

  /**
   * What ran carries nothing any longer. Left to the garbage collector, a dozen weak references for
   * each request cost more than all else that is done for it.
   *
   * @param future which a dependent gives up when it has run, and not when it was too early or has
   *     been handed to an executor
   */
  @Advice.OnMethodExit(inline = false, onThrowable = Throwable.class)
  static void exit(
      @Advice.This Object dependent,
      @Advice.FieldValue("dep") @Nullable CompletableFuture<?> future,
      @Advice.Enter @Nullable Object before) {
    if (before != null) {
      if (future == null) {
        Carried.drop(dependent);
      }
      Carried.restore((Carried.Before) before);
    }
  }
}
