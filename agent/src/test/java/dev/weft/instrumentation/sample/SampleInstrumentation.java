package dev.weft.instrumentation.sample;

import static dev.weft.instrumentation.api.MethodMatcher.isConstructor;
import static dev.weft.instrumentation.api.MethodMatcher.named;

import dev.weft.instrumentation.api.CallSubstitution;
import dev.weft.instrumentation.api.Instrumentation;
import dev.weft.instrumentation.api.MethodInstrumentation;
import dev.weft.instrumentation.api.TypeInstrumentation;
import java.util.List;
import java.util.Set;

/** One of each thing that a module can ask for. */
public final class SampleInstrumentation implements Instrumentation {

  private static final String PACKAGE = "dev.weft.instrumentation.sample.";

  @Override
  public String name() {
    return "sample-app";
  }

  @Override
  public Set<String> opens() {
    return Set.of("java.base/sun.nio.ch");
  }

  @Override
  public List<TypeInstrumentation> types() {
    return List.of(
        new TypeInstrumentation(
            "app.Greeter",
            List.of(
                new MethodInstrumentation(named("greet"), PACKAGE + "GreetAdvice"),
                new MethodInstrumentation(isConstructor(), PACKAGE + "ThrowingAdvice"),
                new MethodInstrumentation(named("skipped"), PACKAGE + "SkipAdvice"),
                new MethodInstrumentation(named("guarded"), PACKAGE + "GuardAdvice"),
                new MethodInstrumentation(named("unlinked"), PACKAGE + "GuardAdvice$Unlinkable"),
                new MethodInstrumentation(named("helpless"), PACKAGE + "GuardAdvice$Helpless"),
                new MethodInstrumentation(named("absent"), PACKAGE + "GreetAdvice").optional()),
            List.of(
                new CallSubstitution(
                    named("greetAll"),
                    "java.lang.Runnable",
                    "run",
                    "()V",
                    PACKAGE + "Substitutes",
                    "runTwice"),
                new CallSubstitution(
                        named("guardedCall"),
                        "java.lang.Runnable",
                        "run",
                        "()V",
                        PACKAGE + "GuardAdvice$Unlinkable",
                        "call")
                    .orElse("instead"))),
        new TypeInstrumentation(
            "java.util.Locale",
            List.of(
                new MethodInstrumentation(named("getISOCountries"), PACKAGE + "CountriesAdvice"))),
        new TypeInstrumentation(
            "java.util.concurrent.ConcurrentHashMap",
            List.of(
                new MethodInstrumentation(named("mappingCount"), PACKAGE + "MappingCountAdvice"))),
        new TypeInstrumentation(
            "java.util.concurrent.Executors$RunnableAdapter",
            List.of(),
            List.of(
                new CallSubstitution(
                    named("call"),
                    "java.lang.Runnable",
                    "run",
                    "()V",
                    PACKAGE + "Substitutes",
                    "runTask"))));
  }
}
