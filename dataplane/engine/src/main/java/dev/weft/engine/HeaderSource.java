package dev.weft.engine;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads the headers of a message that a library holds in its own form; nothing is copied. */
@FunctionalInterface
public interface HeaderSource {

  /** No headers at all. */
  HeaderSource NONE = name -> null;

  /**
   * @param name lower-case
   * @return the value, several joined by a comma as Envoy matches them; null if the header is
   *     absent
   */
  @Nullable String header(String name);

  /** All of them, with names in lower case; none where they can't be listed. */
  default List<Header> headers() {
    return List.of();
  }

  /**
   * A header's value as a whole number.
   *
   * @param name lower-case
   * @return -1 if the header is absent, or isn't one from 0
   */
  default long number(String name) {
    return wholeNumber(header(name));
  }

  /**
   * @return -1 if it isn't one from 0
   */
  static long wholeNumber(@Nullable String text) {
    if (text == null) {
      return -1;
    }
    try {
      return Math.max(-1, Long.parseLong(text.strip()));
    } catch (NumberFormatException e) {
      return -1;
    }
  }
}
