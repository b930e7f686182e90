package dev.weft.instrumentation.sample;

import app.Greeter;
import dev.weft.instrumentation.api.Advice;
import org.jspecify.annotations.Nullable;

/** Changes the result, passes an object of the module's own from enter to exit. */
final class GreetAdvice {

  private GreetAdvice() {}

  private record Passed(String name, int call) {}

  @Advice.OnMethodEnter
  static Passed enter(@Advice.This Greeter greeter, @Advice.Argument(0) String name) {
    if (!greeter.untouched().equals("untouched")) {
      throw new IllegalStateException("not the application's greeter");
    }
    return new Passed(name, Calls.next());
  }

  @Advice.OnMethodExit(onThrowable = true)
  @Advice.AssignReturned
  static String exit(
      @Advice.Return String returned,
      @Advice.Enter @Nullable Passed entered,
      @Advice.Thrown @Nullable Throwable thrown) {
    Passed passed = entered == null ? new Passed("nobody", -1) : entered;
    return returned + " all, call " + passed.call() + (thrown == null ? "" : " threw");
  }
}
