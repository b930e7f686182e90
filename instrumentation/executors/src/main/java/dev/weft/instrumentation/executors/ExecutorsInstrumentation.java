package dev.weft.instrumentation.executors;

import static dev.weft.instrumentation.api.MethodMatcher.isConstructor;
import static dev.weft.instrumentation.api.MethodMatcher.named;

import dev.weft.instrumentation.api.CallSubstitution;
import dev.weft.instrumentation.api.Instrumentation;
import dev.weft.instrumentation.api.MethodInstrumentation;
import dev.weft.instrumentation.api.TypeInstrumentation;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** See the package. */
public final class ExecutorsInstrumentation implements Instrumentation {

  private static final String PACKAGE = "dev.weft.instrumentation.executors.";
  private static final String CONCURRENT = "java.util.concurrent.";
  private static final String FUTURE = CONCURRENT + "CompletableFuture$";

  /** The dependents that run the application's code; the others only relay, and carry nothing. */
  private static final List<String> DEPENDENTS =
      List.of(
          "UniApply",
          "UniAccept",
          "UniRun",
          "UniWhenComplete",
          "UniHandle",
          "UniExceptionally",
          "UniComposeExceptionally",
          "UniCompose",
          "BiApply",
          "BiAccept",
          "BiRun",
          "OrApply",
          "OrAccept",
          "OrRun");

  @Override
  public String name() {
    return "executors";
  }

  @Override
  public Set<String> opens() {
    return Set.of("java.base/java.util.concurrent"); // CompletableFuture.UniCompletion.dep
  }

  @Override
  public List<TypeInstrumentation> types() {
    List<TypeInstrumentation> types = new ArrayList<>();
    types.add(
        new TypeInstrumentation(
            CONCURRENT + "ThreadPoolExecutor",
            List.of(new MethodInstrumentation(named("execute"), PACKAGE + "SubmitAdvice")),
            List.of(
                new CallSubstitution(
                    named("runWorker"),
                    "java.lang.Runnable",
                    "run",
                    "()V",
                    PACKAGE + "TaskRun",
                    "run"))));
    types.add(
        new TypeInstrumentation(
            CONCURRENT + "ScheduledThreadPoolExecutor",
            List.of(new MethodInstrumentation(named("delayedExecute"), PACKAGE + "SubmitAdvice"))));
    types.add(
        new TypeInstrumentation(
            CONCURRENT + "ForkJoinPool",
            List.of(
                new MethodInstrumentation(
                    named("externalSubmit", "scheduleDelayedTask"),
                    PACKAGE + "ForkJoinSubmitAdvice"),
                // Since JDK 19.
                new MethodInstrumentation(named("poolSubmit"), PACKAGE + "ForkJoinPushAdvice")
                    .optional())));
    types.add(
        new TypeInstrumentation(
            CONCURRENT + "ForkJoinTask",
            List.of(
                new MethodInstrumentation(
                    named("fork").takesArguments(0), PACKAGE + "CreateAdvice"),
                new MethodInstrumentation(named("doExec"), PACKAGE + "RunAdvice"))));
    for (String async : List.of("AsyncSupply", "AsyncRun")) {
      types.add(
          new TypeInstrumentation(
              FUTURE + async,
              List.of(
                  new MethodInstrumentation(isConstructor(), PACKAGE + "CreatedAdvice"),
                  new MethodInstrumentation(named("run"), PACKAGE + "RunAdvice"))));
    }
    for (String dependent : DEPENDENTS) {
      types.add(
          new TypeInstrumentation(
              FUTURE + dependent,
              List.of(
                  new MethodInstrumentation(isConstructor(), PACKAGE + "CreatedAdvice"),
                  new MethodInstrumentation(named("tryFire"), PACKAGE + "FireAdvice"))));
    }
    types.add(
        new TypeInstrumentation(
            "java.lang.VirtualThread",
            List.of(
                new MethodInstrumentation(
                    named("start").takesArguments(1), PACKAGE + "CreateAdvice"),
                new MethodInstrumentation(named("run").takesArguments(1), PACKAGE + "RunAdvice"))));
    return types;
  }
}
