package dev.weft.instrumentation.sample;

import app.Greeter;
import net.bytebuddy.asm.Advice;
import net.bytebuddy.implementation.bytecode.assign.Assigner;
import org.jspecify.annotations.Nullable;

/** Changes argument and result, passes an object of the module's own from enter to exit. */
final class GreetAdvice {

  private GreetAdvice() {}

  private record Passed(int call) {}

  @Advice.OnMethodEnter(inline = false)
  @Advice.AssignReturned.ToArguments(
      @Advice.AssignReturned.ToArguments.ToArgument(
          value = 0,
          index = 0,
          typing = Assigner.Typing.DYNAMIC))
  static Object[] enter(@Advice.This Greeter greeter, @Advice.Argument(0) String name) {
    if (!greeter.untouched().equals("untouched")) {
      throw new IllegalStateException("not the application's greeter");
    }
    return new Object[] {name + " all", new Passed(Calls.next())};
  }

  @Advice.OnMethodExit(inline = false, onThrowable = Throwable.class)
  @Advice.AssignReturned.ToReturned
  static String exit(
      @Advice.Enter Object @Nullable [] entered,
      @Advice.Return String returned,
      @Advice.Thrown @Nullable Throwable thrown) {
    Passed passed = entered == null ? new Passed(-1) : (Passed) entered[1];
    return returned + ", call " + passed.call() + (thrown == null ? "" : " threw");
  }
}
