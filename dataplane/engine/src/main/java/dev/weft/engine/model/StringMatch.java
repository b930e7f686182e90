package dev.weft.engine.model;

import java.util.regex.Pattern;

/** Envoy's StringMatcher, and its "present" match. */
public sealed interface StringMatch {

  record Exact(String value, boolean ignoreCase) implements StringMatch {}

  record Prefix(String value, boolean ignoreCase) implements StringMatch {}

  record Suffix(String value, boolean ignoreCase) implements StringMatch {}

  /** The whole value must match. */
  record Regex(Pattern pattern) implements StringMatch {}

  /** Any value at all, the empty one included. */
  record Present() implements StringMatch {}

  /**
   * @param value never null: absence is the caller's business
   */
  default boolean matches(String value) {
    if (this instanceof Exact exact) {
      return exact.ignoreCase ? exact.value.equalsIgnoreCase(value) : exact.value.equals(value);
    }
    if (this instanceof Prefix prefix) {
      return value.regionMatches(prefix.ignoreCase, 0, prefix.value, 0, prefix.value.length());
    }
    if (this instanceof Suffix suffix) {
      int length = suffix.value.length();
      return value.regionMatches(
          suffix.ignoreCase, value.length() - length, suffix.value, 0, length);
    }
    if (this instanceof Regex regex) {
      return regex.pattern.matcher(value).matches();
    }
    return true;
  }
}
