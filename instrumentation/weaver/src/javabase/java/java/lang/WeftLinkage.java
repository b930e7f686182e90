package java.lang;

import java.lang.invoke.CallSite;
import java.lang.invoke.ConstantCallSite;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

/**
 * The one class of Weft that woven code refers to. It is in {@code java.lang} because every class
 * loader, whatever it hides, delegates that package. The agent defines it there at run time and
 * sets the two linkers, which are code in its own class loader; nothing of Weft is on the boot class
 * path.
 *
 * <p>Each call site is linked once, to a constant. A site that can't be linked does nothing, or what
 * the code did before it was woven; but a guard's throws whenever it is reached. Where the application is
 * out of stack or memory, the error is its own, and the JVM links the site again the next time.
 */
public final class WeftLinkage {

  /**
   * (Lookup, String, MethodType, String, String, String, String, int) → CallSite; null while the agent
   * starts.
   */
  private static volatile MethodHandle adviceLinker;

  /** (Lookup, String, MethodType, MethodHandle, String, String) → CallSite. */
  private static volatile MethodHandle callLinker;

  private WeftLinkage() {}

  /**
   * Links advice.
   *
   * @param method the advice method's name
   * @param module name of the instrumentation module
   * @param advice binary name of the advice class
   * @param descriptor the advice method's own
   * @param onFailure the method that answers when advice throws, or empty; there is one if and only if the
   *     advice guards
   * @param onFailureArgument index of the argument that advice which can't be linked returns, or -1: the
   *     default value
   */
  public static CallSite advice(
      MethodHandles.Lookup woven,
      String method,
      MethodType type,
      String module,
      String advice,
      String descriptor,
      String onFailure,
      int onFailureArgument)
      throws Throwable {
    try {
      return (CallSite)
          adviceLinker.invokeExact(
              woven, method, type, module, advice, descriptor, onFailure, onFailureArgument);
    } catch (VirtualMachineError outOfStackOrMemory) {
      throw outOfStackOrMemory;
    } catch (Throwable failure) {
      if (!onFailure.isEmpty()) {
        throw failure;
      }
      return new ConstantCallSite(
          onFailureArgument < 0
              ? MethodHandles.empty(type)
              : MethodHandles.permuteArguments(
                  MethodHandles.identity(type.returnType()), type, onFailureArgument));
    }
  }

  /**
   * Links a substituted call.
   *
   * @param original the call that was there
   * @param replacement name of the method that replaces it
   */
  public static CallSite call(
      MethodHandles.Lookup woven,
      String replacement,
      MethodType type,
      MethodHandle original,
      String module,
      String advice) {
    try {
      return (CallSite)
          callLinker.invokeExact(woven, replacement, type, original, module, advice);
    } catch (VirtualMachineError outOfStackOrMemory) {
      throw outOfStackOrMemory;
    } catch (Throwable failure) {
      return new ConstantCallSite(original.asType(type));
    }
  }
}
