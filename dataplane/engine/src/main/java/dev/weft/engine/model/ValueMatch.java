package dev.weft.engine.model;

import java.util.List;

/** Envoy's type.matcher.v3.ValueMatcher, of a claim's value. */
public sealed interface ValueMatch {

  /** A string that matches. */
  record Text(StringMatch text) implements ValueMatch {}

  /** A list with an element that matches. */
  record OneOf(ValueMatch element) implements ValueMatch {}

  record AnyOf(List<ValueMatch> matches) implements ValueMatch {

    public AnyOf {
      matches = List.copyOf(matches);
    }
  }

  /**
   * @param value as in JSON: a String, Number, Boolean, List or Map
   */
  default boolean matches(Object value) {
    if (this instanceof Text text) {
      return value instanceof String string && text.text.matches(string);
    }
    if (this instanceof OneOf oneOf) {
      if (value instanceof List<?> list) {
        for (Object element : list) {
          if (element != null && oneOf.element.matches(element)) {
            return true;
          }
        }
      }
      return false;
    }
    for (ValueMatch match : ((AnyOf) this).matches) {
      if (match.matches(value)) {
        return true;
      }
    }
    return false;
  }
}
