package dev.weft.engine;

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
}
