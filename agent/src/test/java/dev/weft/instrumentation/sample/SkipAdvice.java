package dev.weft.instrumentation.sample;

import net.bytebuddy.asm.Advice;
import net.bytebuddy.implementation.bytecode.assign.Assigner;

/** Answers in the method's place. */
final class SkipAdvice {

  private SkipAdvice() {}

  @Advice.OnMethodEnter(inline = false, skipOn = Advice.OnNonDefaultValue.class)
  static Object enter() {
    return "skipped";
  }

  @Advice.OnMethodExit(inline = false)
  @Advice.AssignReturned.ToReturned(typing = Assigner.Typing.DYNAMIC)
  static Object exit(@Advice.Enter Object answer) {
    return answer;
  }
}
