package dev.weft.instrumentation.sample;

import static dev.weft.instrumentation.api.MethodMatcher.named;

import dev.weft.instrumentation.api.Instrumentation;
import dev.weft.instrumentation.api.MethodInstrumentation;
import dev.weft.instrumentation.api.TypeInstrumentation;
import java.util.List;

/** Expects methods that aren't there. */
public final class UnexpectedInstrumentation implements Instrumentation {

  @Override
  public String name() {
    return "sample-unexpected";
  }

  @Override
  public List<TypeInstrumentation> types() {
    return List.of(
        new TypeInstrumentation(
            "app.Unexpected",
            List.of(
                new MethodInstrumentation(
                    named("renamed"), "dev.weft.instrumentation.sample.GuardAdvice"),
                new MethodInstrumentation(
                    named("original"), "dev.weft.instrumentation.sample.GuardAdvice"))));
  }
}
