package dev.weft.engine.model;

import org.jspecify.annotations.Nullable;

/**
 * Envoy's HeaderMatcher. An absent header matches only when inverted (and for no match but Present,
 * unless Envoy says otherwise: {@code treat_missing_header_as_empty} is not used by Istio).
 *
 * @param name lower-case; {@code :method}, {@code :authority}, {@code :scheme}, {@code :path} for
 *     the request line
 * @param invert a match counts as none, and the reverse
 */
public record HeaderMatch(String name, StringMatch match, boolean invert) {

  /**
   * @param value null: the header is absent
   */
  public boolean holds(@Nullable String value) {
    return (value != null && match.matches(value)) != invert;
  }
}
