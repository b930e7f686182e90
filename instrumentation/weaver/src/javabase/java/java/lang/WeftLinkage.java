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
 * the code did before it was woven; but a guard's throws whenever it is reached.
 */
public final class WeftLinkage {

  /** (Lookup, String, MethodType, String, String, String) → CallSite; null while the agent starts. */
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
   * @param onFailure the method that answers when advice throws, or empty; there is one if and only if the
   *     advice guards
   */
  public static CallSite advice(
      MethodHandles.Lookup woven,
      String method,
      MethodType type,
      String module,
      String advice,
      String onFailure)
      throws Throwable {
    try {
      return (CallSite)
          adviceLinker.invokeExact(woven, method, type, module, advice, onFailure);
    } catch (Throwable failure) {
      if (!onFailure.isEmpty()) {
        throw failure;
      }
      return new ConstantCallSite(MethodHandles.empty(type));
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
    } catch (Throwable failure) {
      return new ConstantCallSite(original.asType(type));
    }
  }
}
