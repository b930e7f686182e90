package dev.weft.instrumentation.api;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Which of a type's own methods are meant: by name, and if that isn't enough by parameters.
 *
 * @param names any of these; {@code <init>} is a constructor's
 * @param arguments how many there are; {@link #ANY} if that doesn't matter
 * @param argumentTypes binary names of the types of some, by index
 */
public record MethodMatcher(List<String> names, int arguments, Map<Integer, String> argumentTypes) {

  /** Any number. */
  public static final int ANY = -1;

  public MethodMatcher {
    names = List.copyOf(names);
    argumentTypes = Map.copyOf(argumentTypes);
  }

  /** All methods with one of these names. */
  public static MethodMatcher named(String... names) {
    return new MethodMatcher(List.of(names), ANY, Map.of());
  }

  /** All constructors. */
  public static MethodMatcher isConstructor() {
    return named("<init>");
  }

  /** Of these, those with so many parameters. */
  public MethodMatcher takesArguments(int count) {
    return new MethodMatcher(names, count, argumentTypes);
  }

  /**
   * Of these, those with a parameter of this very type there.
   *
   * @param type binary name
   */
  public MethodMatcher takesArgument(int index, String type) {
    Map<Integer, String> types = new HashMap<>(argumentTypes);
    types.put(index, type);
    return new MethodMatcher(names, arguments, types);
  }
}
