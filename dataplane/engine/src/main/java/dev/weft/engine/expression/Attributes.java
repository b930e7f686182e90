package dev.weft.engine.expression;

import org.jspecify.annotations.Nullable;

/** Answers for one request. */
@FunctionalInterface
public interface Attributes {

  /**
   * @param key of a map, lower-case; else empty
   * @return null if there is none
   */
  @Nullable Object get(Attribute attribute, String key);
}
