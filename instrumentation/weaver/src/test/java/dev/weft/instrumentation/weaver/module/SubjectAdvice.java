package dev.weft.instrumentation.weaver.module;

import dev.weft.instrumentation.api.Advice;
import dev.weft.instrumentation.weaver.subject.Subject;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Advice that tells what it is given. */
final class SubjectAdvice {

  private SubjectAdvice() {}

  private static void tell(String event) {
    Subject.EVENTS.add(event);
  }

  static final class Constructed {

    private Constructed() {}

    @Advice.OnMethodExit
    static void exit(@Advice.This Subject subject, @Advice.FieldValue("own") long own) {
      tell("after " + own);
    }
  }

  static final class Arguments {

    private Arguments() {}

    private record Passed(int a, long b) {}

    @Advice.OnMethodEnter
    static Passed enter(
        @Advice.Argument(1) long b, @Advice.Argument(3) Object d, @Advice.Argument(0) int a) {
      tell("before " + a + ' ' + b + ' ' + d);
      return new Passed(a, b);
    }

    @Advice.OnMethodExit
    static void exit(
        @Advice.Argument(3) String d,
        @Advice.Argument(0) Integer a,
        @Advice.Argument(1) long b,
        @Advice.Argument(2) double c,
        @Advice.Enter Passed passed,
        @Advice.Return double returned) {
      tell("after " + a + ' ' + b + ' ' + c + ' ' + d + ' ' + passed.a + ' ' + returned);
    }
  }

  static final class Outcome {

    private Outcome() {}

    @Advice.OnMethodExit(onThrowable = true)
    static void exit(
        @Advice.Thrown @Nullable Throwable thrown,
        @Advice.Argument(0) Object argument,
        @Advice.Return Object returned) {
      tell(argument + " -> " + returned + (thrown == null ? "" : ' ' + thrown.getMessage()));
    }

    static final class OfNothing {

      private OfNothing() {}

      @Advice.OnMethodEnter
      static int enter() {
        return 7;
      }

      @Advice.OnMethodExit(onThrowable = true)
      static void exit(@Advice.Enter int entered, @Advice.Return @Nullable Object returned) {
        tell(entered + " and " + returned);
      }
    }
  }

  static final class Answers {

    private Answers() {}

    @Advice.OnMethodEnter(answers = true)
    static boolean enter(@Advice.Argument(0) boolean answer) {
      return answer;
    }

    @Advice.OnMethodExit
    static void exit(@Advice.Enter boolean answered) {
      tell("answered " + answered);
    }
  }

  static final class AnswersWithText {

    private AnswersWithText() {}

    @Advice.OnMethodEnter(answers = true)
    static @Nullable String enter(@Advice.Argument(0) String text) {
      return text.isEmpty() ? "empty" : null;
    }

    @Advice.OnMethodExit
    static void exit(@Advice.Return String returned) {
      tell("returned " + returned);
    }
  }

  static final class Assigns {

    private Assigns() {}

    @Advice.OnMethodExit
    @Advice.AssignReturned
    static int exit(@Advice.Return int returned) {
      return 2 * returned;
    }
  }

  static final class AssignsReference {

    private AssignsReference() {}

    @Advice.OnMethodExit(onThrowable = true)
    @Advice.AssignReturned
    static Supplier<String> exit(
        @Advice.Return Supplier<String> returned, @Advice.Argument(0) String text) {
      return () -> text + " gave " + returned.get();
    }
  }

  static final class Repeats {

    private Repeats() {}

    @Advice.OnMethodExit(repeats = true)
    static boolean exit(@Advice.Return int returned) {
      return returned < 3;
    }
  }

  static final class Fields {

    private Fields() {}

    @Advice.OnMethodEnter
    static void enter(
        @Advice.FieldValue("own") long own, @Advice.FieldValue("SHARED") long shared) {
      tell("fields " + own + ' ' + shared);
    }

    @Advice.OnMethodExit(onThrowable = true)
    static void exit(@Advice.FieldValue("count") int count, @Advice.Argument(0) long factor) {
      tell("count " + count + ' ' + factor);
    }
  }

  static final class First {

    private First() {}

    @Advice.OnMethodEnter
    static Object enter() {
      return "first";
    }

    @Advice.OnMethodExit(onThrowable = true)
    @Advice.AssignReturned
    static String exit(@Advice.Return String returned, @Advice.Enter Object entered) {
      return returned + ' ' + entered;
    }
  }

  static final class Second {

    private Second() {}

    @Advice.OnMethodEnter
    static long enter() {
      return 2;
    }

    @Advice.OnMethodExit(onThrowable = true)
    @Advice.AssignReturned
    static String exit(@Advice.Return String returned, @Advice.Enter long entered) {
      return returned + ' ' + entered;
    }
  }

  static final class Fails {

    private Fails() {}

    @Advice.OnMethodEnter(answers = false)
    static void enter(@Advice.This String notAString) {
      tell("never run");
    }

    @Advice.OnMethodExit
    @Advice.AssignReturned
    static int exit(@Advice.Return int returned) {
      if (returned != 0) {
        throw new IllegalStateException("of the advice");
      }
      return 1;
    }
  }
}
