package dev.weft.instrumentation.weaver;

import java.lang.invoke.CallSite;
import java.lang.invoke.ConstantCallSite;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.invoke.MutableCallSite;
import java.lang.reflect.Method;

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
            String.class,
            String.class,
            int.class));
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

  /**
   * Called by {@code java.lang.WeftLinkage.advice}.
   *
   * @param type erased: {@link Object} for every reference. The JDK caches parts of what is
   *     combined here for good, and with other types would keep an application's class loader alive
   */
  CallSite linkAdvice(
      MethodHandles.Lookup woven,
      String method,
      MethodType type,
      String module,
      String adviceClass,
      String descriptor,
      String onFailure,
      int onFailureArgument) {
    AdviceSite site =
        new AdviceSite(
            woven, method, type, module, adviceClass, descriptor, onFailure, onFailureArgument);
    try {
      return new ConstantCallSite(linked(site));
    } catch (VirtualMachineError outOfStackOrMemory) {
      failures.report("linking " + site, outOfStackOrMemory);
      return new LateCallSite(site);
    } catch (Throwable failure) {
      failures.report("linking " + site, failure);
      return new ConstantCallSite(site.unlinked());
    }
  }

  private MethodHandle linked(AdviceSite site) throws ReflectiveOperationException {
    MethodType type = site.type();
    MethodHandles.Lookup advice = adviceLookup(site.woven(), site.module(), site.adviceClass());
    MethodType declared =
        MethodType.fromMethodDescriptorString(
            site.descriptor(), advice.lookupClass().getClassLoader());
    MethodHandle target =
        failing
            ? throwing(type)
            : advice.findStatic(advice.lookupClass(), site.method(), declared).asType(type);
    if (!site.guards()) {
      MethodHandle answer = MethodHandles.dropArguments(site.unlinked(), 0, Throwable.class);
      return guarded(target, answer, site.toString());
    }
    MethodHandle chosen =
        advice
            .findStatic(
                advice.lookupClass(),
                site.onFailure(),
                declared.insertParameterTypes(0, Throwable.class))
            .asType(type.insertParameterTypes(0, Throwable.class));
    MethodHandle noAnswer =
        MethodHandles.dropArguments(site.unlinked(), 0, Throwable.class, Throwable.class);
    return guarded(
        target,
        guarded(chosen, noAnswer, site.adviceClass() + '.' + site.onFailure()),
        site.toString());
  }

  /** A call of advice, as woven code has it. */
  private record AdviceSite(
      MethodHandles.Lookup woven,
      String method,
      MethodType type,
      String module,
      String adviceClass,
      String descriptor,
      String onFailure,
      int onFailureArgument) {

    boolean guards() {
      return !onFailure.isEmpty();
    }

    /** What is done without the advice. */
    MethodHandle unlinked() {
      return guards() ? refusal(type) : nothing(type, onFailureArgument);
    }

    @Override
    public String toString() {
      return adviceClass + '.' + method;
    }
  }

  /** A site for which there was no stack or memory left: each call tries to link it. */
  private final class LateCallSite extends MutableCallSite {

    private static final MethodType LINK = MethodType.methodType(MethodHandle.class);

    private final AdviceSite site;

    LateCallSite(AdviceSite site) {
      super(site.type());
      this.site = site;
      try {
        setTarget(
            MethodHandles.foldArguments(
                MethodHandles.exactInvoker(site.type()), LOOKUP.bind(this, "link", LINK)));
      } catch (ReflectiveOperationException e) {
        throw new LinkageError("a method of its own", e);
      }
    }

    @SuppressWarnings("UnusedMethod") // called through its handle
    MethodHandle link() {
      try {
        setTarget(linked(site));
        return getTarget();
      } catch (VirtualMachineError again) {
        return site.unlinked();
      } catch (Throwable failure) {
        failures.report("linking " + site, failure);
        setTarget(site.unlinked());
        return getTarget();
      }
    }
  }

  /** What stands in for advice: it returns the argument, or the default value. */
  private static MethodHandle nothing(MethodType type, int argument) {
    return argument == Linkage.DEFAULT_VALUE
        ? MethodHandles.empty(type)
        : MethodHandles.permuteArguments(MethodHandles.identity(type.returnType()), type, argument);
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
      return new ConstantCallSite(replacement(advice, replacement, type));
    } catch (VirtualMachineError outOfStackOrMemory) {
      throw outOfStackOrMemory; // the JVM links again with the next call
    } catch (Throwable failure) {
      failures.report("linking " + adviceClass + '.' + replacement, failure);
      return new ConstantCallSite(original.asType(type));
    }
  }

  /** Of exactly this type; or of as many parameters, for a module can't name all of a library's. */
  private static MethodHandle replacement(MethodHandles.Lookup advice, String name, MethodType type)
      throws ReflectiveOperationException {
    try {
      return advice.findStatic(advice.lookupClass(), name, type);
    } catch (NoSuchMethodException e) {
      for (Method method : advice.lookupClass().getDeclaredMethods()) {
        if (method.getName().equals(name) && method.getParameterCount() == type.parameterCount()) {
          return advice.unreflect(method).asType(type);
        }
      }
      throw e;
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

  /**
   * What stands in for a guard that can't say anything: the woven method throws what the methods
   * that accept connections may throw anyway.
   */
  private static MethodHandle refusal(MethodType type) {
    try {
      MethodHandle refused =
          LOOKUP
              .findConstructor(
                  SecurityException.class, MethodType.methodType(void.class, String.class))
              .bindTo("refused: Weft's guard doesn't work here");
      MethodHandle thrower =
          MethodHandles.collectArguments(
              MethodHandles.throwException(type.returnType(), SecurityException.class), 0, refused);
      return MethodHandles.dropArguments(thrower, 0, type.parameterList());
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("SecurityException has no message", e);
    }
  }

  private static MethodHandle throwing(MethodType type) {
    MethodHandle thrower =
        MethodHandles.throwException(type.returnType(), IllegalStateException.class)
            .bindTo(new IllegalStateException("injected by weft.test.advice.fail"));
    return MethodHandles.dropArguments(thrower, 0, type.parameterList());
  }
}
