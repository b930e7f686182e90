package dev.weft.engine.model;

/** Envoy's StringMatcher, and its "present" match. */
public sealed interface StringMatch {

  record Exact(String value, boolean ignoreCase) implements StringMatch {}

  record Prefix(String value, boolean ignoreCase) implements StringMatch {}

  record Suffix(String value, boolean ignoreCase) implements StringMatch {}

  record Contains(String value, boolean ignoreCase) implements StringMatch {

    private boolean isIn(String text) {
      if (!ignoreCase) {
        return text.contains(value);
      }
      for (int at = 0; at <= text.length() - value.length(); at++) {
        if (text.regionMatches(true, at, value, 0, value.length())) {
          return true;
        }
      }
      return false;
    }
  }

  /** The value itself, or what begins with it and a slash (Envoy's path_separated_prefix). */
  record PathPrefix(String value, boolean ignoreCase) implements StringMatch {}

  /** The whole value must match. */
  record Pattern(Regex regex) implements StringMatch {}

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
    if (this instanceof Pattern pattern) {
      return pattern.regex.matches(value);
    }
    if (this instanceof PathPrefix prefix) {
      int length = prefix.value.length();
      return value.regionMatches(prefix.ignoreCase, 0, prefix.value, 0, length)
          && (value.length() == length || value.charAt(length) == '/');
    }
    return !(this instanceof Contains part) || part.isIn(value);
  }
}
