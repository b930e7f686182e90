package dev.weft.instrumentation.executors;

import dev.weft.instrumentation.api.Advice;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A dependent is tried: it may run now, on whatever thread completed what it depends on. */
final class FireAdvice {

  /**
   * The future of the dependent, which it gives up when it has run, and not when it was too early
   * or has been handed to an executor.
   */
  private static final VarHandle FUTURE = future();

  private FireAdvice() {}

  @Advice.OnMethodEnter
  static Carried.@Nullable Before enter(@Advice.This Object dependent) {
    return Carried.look(dependent);
  }

  /**
   * What ran carries nothing any longer. Left to the garbage collector, a dozen weak references for
   * each request cost more than all else that is done for it.
   */
  @Advice.OnMethodExit(onThrowable = true)
  static void exit(@Advice.This Object dependent, @Advice.Enter Carried.@Nullable Before before) {
    if (before != null) {
      if (FUTURE.get(dependent) == null) {
        Carried.drop(dependent);
      }
      Carried.restore(before);
    }
  }

  private static VarHandle future() {
    try {
      Class<?> dependent = Class.forName(CompletableFuture.class.getName() + "$UniCompletion");
      return MethodHandles.privateLookupIn(dependent, MethodHandles.lookup())
          .findVarHandle(dependent, "dep", CompletableFuture.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }
}
