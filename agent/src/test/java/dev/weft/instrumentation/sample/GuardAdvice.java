package dev.weft.instrumentation.sample;

import dev.weft.instrumentation.api.Advice;
import dev.weft.instrumentation.api.OnFailure;

/** Guards: they fail closed. */
final class GuardAdvice {

  private GuardAdvice() {}

  @Advice.OnMethodExit
  @Advice.AssignReturned
  @OnFailure("close")
  static String exit(@Advice.Return String returned) {
    return returned + " and guarded";
  }

  static String close(Throwable failure, String returned) {
    return "closed";
  }

  /** Is not in the jar. */
  static class Missing {}

  static final class Unlinkable extends Missing {

    @Advice.OnMethodExit
    @OnFailure("judge")
    static void exit() {}

    static void judge(Throwable failure) {}

    static void call(Runnable call) {
      call.run();
    }

    static void instead(Throwable failure, Runnable call) {}
  }

  static final class Helpless {

    private Helpless() {}

    @Advice.OnMethodExit
    @OnFailure("fail")
    static void exit(@Advice.Return String returned) {
      fail(new IllegalStateException("the guard fails"), returned);
    }

    static void fail(Throwable failure, String returned) {
      if (returned.equals("open")) {
        throw new IllegalStateException("and so does what it names", failure);
      }
    }
  }
}
