package dev.weft.instrumentation.api;

import java.util.List;

/**
 * What is woven into one type.
 *
 * <p>A method or call that isn't there means that the library isn't the one this module was written
 * for. The module then stays out of the class loader where it was found, as far as it isn't in
 * already, and says so once. {@link WovenTypes} tells advice that depends on other advice.
 *
 * @param typeName the type's binary name, {@code java.util.Map$Entry}; subtypes aren't included
 * @param methods advice around whole methods; of several around one, the first is outermost
 * @param calls calls replaced inside methods
 */
public record TypeInstrumentation(
    String typeName, List<MethodInstrumentation> methods, List<CallSubstitution> calls) {

  public TypeInstrumentation {
    methods = List.copyOf(methods);
    calls = List.copyOf(calls);
    if (methods.isEmpty() && calls.isEmpty()) {
      throw new IllegalArgumentException("nothing to weave into " + typeName);
    }
  }

  /** Advice around whole methods only. */
  public TypeInstrumentation(String typeName, List<MethodInstrumentation> methods) {
    this(typeName, methods, List.of());
  }
}
