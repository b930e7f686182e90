package dev.weft.instrumentation.weaver.module;

import static dev.weft.instrumentation.api.MethodMatcher.named;

import dev.weft.instrumentation.api.Instrumentation;
import dev.weft.instrumentation.api.MethodInstrumentation;
import dev.weft.instrumentation.api.TypeInstrumentation;
import java.util.List;

/** Its library is as expected in one class of two. */
public final class HalfInstrumentation implements Instrumentation {

  private static final String SUBJECT = "dev.weft.instrumentation.weaver.subject.";
  private static final String ADVICE = "dev.weft.instrumentation.weaver.module.SubjectAdvice$";

  @Override
  public String name() {
    return "half";
  }

  @Override
  public List<TypeInstrumentation> types() {
    return List.of(
        new TypeInstrumentation(
            SUBJECT + "Insider",
            List.of(new MethodInstrumentation(named("name"), ADVICE + "First"))),
        new TypeInstrumentation(
            SUBJECT + "Outsider",
            List.of(new MethodInstrumentation(named("renamed"), ADVICE + "First"))));
  }
}
