package dev.weft.instrumentation.weaver;

import java.lang.invoke.CallSite;
import java.lang.invoke.ConstantCallSite;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

/**
 * Links the call sites of woven code to the modules: once each, to a constant, so that a call costs
 * what a static call costs.
 */
final class Linker {

  private static final MethodHandles.Lookup LOOKUP = MethodHandles.lookup();

  private final ModuleLoaders loaders;
  private final Failures failures;

  /** For tests: every advice method throws instead of running. */
  private final boolean failing = Boolean.getBoolean("weft.test.advice.fail");

  Linker(ModuleLoaders loaders, Failures failures) {
    this.loaders = loaders;
    this.failures = failures;
  }

  MethodHandle adviceLinker() throws ReflectiveOperationException {
    return LOOKUP.bind(
        this,
        "linkAdvice",
        MethodType.methodType(
            CallSite.class,
            MethodHandles.Lookup.class,
            String.class,
            MethodType.class,
            String.class,
            String.class,
            String.class));
  }

  MethodHandle callLinker() throws ReflectiveOperationException {
    return LOOKUP.bind(
        this,
        "linkCall",
        MethodType.methodType(
            CallSite.class,
            MethodHandles.Lookup.class,
            String.class,
            MethodType.class,
            MethodHandle.class,
            String.class,
            String.class));
  }

  /** Called by {@code java.lang.WeftLinkage.advice}. */
  CallSite linkAdvice(
      MethodHandles.Lookup woven,
      String method,
      MethodType type,
      String module,
      String adviceClass,
      String onFailure)
      throws ReflectiveOperationException {
    try {
      MethodHandles.Lookup advice = adviceLookup(woven, module, adviceClass);
      MethodHandle target =
          failing ? throwing(type) : advice.findStatic(advice.lookupClass(), method, type);
      MethodHandle answer;
      if (onFailure.isEmpty()) {
        answer = MethodHandles.dropArguments(MethodHandles.empty(type), 0, Throwable.class);
      } else {
        MethodHandle chosen =
            advice.findStatic(
                advice.lookupClass(), onFailure, type.insertParameterTypes(0, Throwable.class));
        MethodHandle noAnswer =
            MethodHandles.dropArguments(refusal(type), 0, Throwable.class, Throwable.class);
        answer = guarded(chosen, noAnswer, adviceClass + '.' + onFailure);
      }
      return new ConstantCallSite(guarded(target, answer, adviceClass + '.' + method));
    } catch (Throwable failure) {
      failures.report("linking " + adviceClass + '.' + method, failure);
      return new ConstantCallSite(onFailure.isEmpty() ? MethodHandles.empty(type) : refusal(type));
    }
  }

  /** Called by {@code java.lang.WeftLinkage.call}. */
  CallSite linkCall(
      MethodHandles.Lookup woven,
      String replacement,
      MethodType type,
      MethodHandle original,
      String module,
      String adviceClass) {
    try {
      MethodHandles.Lookup advice = adviceLookup(woven, module, adviceClass);
      return new ConstantCallSite(advice.findStatic(advice.lookupClass(), replacement, type));
    } catch (Throwable failure) {
      failures.report("linking " + adviceClass + '.' + replacement, failure);
      return new ConstantCallSite(original.asType(type));
    }
  }

  private MethodHandles.Lookup adviceLookup(
      MethodHandles.Lookup woven, String module, String adviceClass)
      throws ReflectiveOperationException {
    ClassLoader loader = loaders.of(module, woven.lookupClass().getClassLoader());
    return MethodHandles.privateLookupIn(Class.forName(adviceClass, true, loader), LOOKUP);
  }

  /**
   * {@code target}, or, if it throws: report, and {@code answer} with the exception put first.
   *
   * <p>Types are erased meanwhile: the JDK caches parts of the combination for good, with the last
   * types that they were adapted to, and so would keep an application's class loader alive.
   */
  private MethodHandle guarded(MethodHandle target, MethodHandle answer, String name)
      throws ReflectiveOperationException {
    MethodHandle report =
        LOOKUP
            .bind(
                failures,
                "report",
                MethodType.methodType(void.class, String.class, Throwable.class))
            .bindTo(name);
    MethodType erased = target.type().erase();
    MethodHandle handler =
        MethodHandles.foldArguments(
            answer.asType(erased.insertParameterTypes(0, Throwable.class)), report);
    return MethodHandles.catchException(target.asType(erased), Throwable.class, handler)
        .asType(target.type());
  }

  /**
   * What stands in for a guard that can't say anything: the woven method throws what the methods
   * that accept connections may throw anyway. Types are erased as above.
   */
  private static MethodHandle refusal(MethodType type) throws ReflectiveOperationException {
    MethodType erased = type.erase();
    MethodHandle refused =
        LOOKUP
            .findConstructor(
                SecurityException.class, MethodType.methodType(void.class, String.class))
            .bindTo("refused: Weft's guard doesn't work here");
    MethodHandle thrower =
        MethodHandles.collectArguments(
            MethodHandles.throwException(erased.returnType(), SecurityException.class), 0, refused);
    return MethodHandles.dropArguments(thrower, 0, erased.parameterList()).asType(type);
  }

  private static MethodHandle throwing(MethodType type) {
    MethodHandle thrower =
        MethodHandles.throwException(type.returnType(), IllegalStateException.class)
            .bindTo(new IllegalStateException("injected by weft.test.advice.fail"));
    return MethodHandles.dropArguments(thrower, 0, type.parameterList());
  }
}
