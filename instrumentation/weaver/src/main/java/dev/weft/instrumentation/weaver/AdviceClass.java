package dev.weft.instrumentation.weaver;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an advice class asks for.
 *
 * @param name binary name
 */
record AdviceClass(String name, @Nullable Before before, @Nullable After after) {

  /** Advice for a method's entry. */
  record Before(Call call, boolean answers) {}

  /** Advice for a method's exit. */
  record After(Call call, boolean onThrowable, boolean repeats, boolean assigns) {

    boolean takes(Parameter parameter) {
      return call.parameters().contains(parameter);
    }
  }

  /**
   * An advice method.
   *
   * @param onFailure the method that answers when this one throws, or empty
   */
  record Call(String method, String descriptor, List<Parameter> parameters, String onFailure) {

    Call {
      parameters = List.copyOf(parameters);
    }
  }

  /** What the woven method hands to advice, as {@code Advice}'s annotations have it. */
  sealed interface Parameter {

    Parameter THIS = new This();
    Parameter ENTER = new Enter();
    Parameter RETURN = new Return();
    Parameter THROWN = new Thrown();

    record This() implements Parameter {}

    record Argument(int index) implements Parameter {}

    record Field(String name) implements Parameter {}

    record Enter() implements Parameter {}

    record Return() implements Parameter {}

    record Thrown() implements Parameter {}
  }
}
