package dev.weft.instrumentation.sample;

import dev.weft.instrumentation.api.OnFailure;
import net.bytebuddy.asm.Advice;

/** Fails closed. */
final class GuardAdvice {

  private GuardAdvice() {}

  @Advice.OnMethodExit(inline = false)
  @Advice.AssignReturned.ToReturned
  @OnFailure("close")
  static String exit(@Advice.Return String returned) {
    return returned + " and guarded";
  }

  static String close(Throwable failure, String returned) {
    return "closed";
  }
}
