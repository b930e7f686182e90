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
      String onFailure) {
    try {
      MethodHandles.Lookup advice = adviceLookup(woven, module, adviceClass);
      MethodHandle target =
          failing ? throwing(type) : advice.findStatic(advice.lookupClass(), method, type);
      MethodHandle answer =
          MethodHandles.dropArguments(MethodHandles.empty(type), 0, Throwable.class);
      if (!onFailure.isEmpty()) {
        MethodHandle chosen =
            advice.findStatic(
                advice.lookupClass(), onFailure, type.insertParameterTypes(0, Throwable.class));
        answer = guarded(chosen, answer, adviceClass + '.' + onFailure);
      }
      return new ConstantCallSite(guarded(target, answer, adviceClass + '.' + method));
    } catch (Throwable failure) {
      failures.report("linking " + adviceClass + '.' + method, failure);
      return new ConstantCallSite(MethodHandles.empty(type));
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

  /** {@code target}, or, if it throws: report, and {@code answer} with the exception put first. */
  private MethodHandle guarded(MethodHandle target, MethodHandle answer, String name)
      throws ReflectiveOperationException {
    MethodHandle report =
        LOOKUP
            .bind(
                failures,
                "report",
                MethodType.methodType(void.class, String.class, Throwable.class))
            .bindTo(name);
    return MethodHandles.catchException(
        target, Throwable.class, MethodHandles.foldArguments(answer, report));
  }

  private static MethodHandle throwing(MethodType type) {
    MethodHandle thrower =
        MethodHandles.throwException(type.returnType(), IllegalStateException.class)
            .bindTo(new IllegalStateException("injected by weft.test.advice.fail"));
    return MethodHandles.dropArguments(thrower, 0, type.parameterList());
  }
}
