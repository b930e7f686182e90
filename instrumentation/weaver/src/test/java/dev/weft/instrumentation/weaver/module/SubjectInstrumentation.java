package dev.weft.instrumentation.weaver.module;

import static dev.weft.instrumentation.api.MethodMatcher.isConstructor;
import static dev.weft.instrumentation.api.MethodMatcher.named;

import dev.weft.instrumentation.api.Instrumentation;
import dev.weft.instrumentation.api.MethodInstrumentation;
import dev.weft.instrumentation.api.MethodMatcher;
import dev.weft.instrumentation.api.TypeInstrumentation;
import java.util.List;

/** Has all of {@code Subject} advised. */
public final class SubjectInstrumentation implements Instrumentation {

  private static final String ADVICE = "dev.weft.instrumentation.weaver.module.SubjectAdvice$";

  @Override
  public String name() {
    return "subject";
  }

  @Override
  public List<TypeInstrumentation> types() {
    return List.of(
        new TypeInstrumentation(
            "dev.weft.instrumentation.weaver.subject.Subject",
            List.of(
                advice(isConstructor(), "Constructed"),
                advice(named("changesItsArguments").takesArguments(4), "Arguments"),
                advice(named("divides", "loops").takesArgument(0, "int"), "Outcome"),
                advice(named("catches"), "Outcome"),
                advice(named("isEmpty"), "Outcome$OfNothing"),
                advice(named("answers"), "Answers"),
                advice(named("answersWithText"), "AnswersWithText"),
                advice(named("assigns"), "Assigns"),
                advice(named("assignsReference"), "AssignsReference"),
                advice(named("repeats"), "Repeats"),
                advice(named("fields"), "Fields"),
                advice(named("twice"), "First"),
                advice(named("twice"), "Second"),
                advice(named("failsToAdvise"), "Fails"),
                advice(named("linkedLate"), "Assigns"),
                advice(named("notThere"), "Fails").optional())));
  }

  private static MethodInstrumentation advice(MethodMatcher method, String adviceClass) {
    return new MethodInstrumentation(method, ADVICE + adviceClass);
  }
}
