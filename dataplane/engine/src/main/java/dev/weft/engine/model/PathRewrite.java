package dev.weft.engine.model;

/** How a path is changed on its way; the query stays. */
public sealed interface PathRewrite {

  /**
   * Envoy's {@code prefix_rewrite}: replaces what the route matched, which is the whole path unless
   * it matched a prefix.
   */
  record Matched(String replacement) implements PathRewrite {}

  /** Envoy's {@code regex_rewrite}: replaces in the whole path. */
  record Pattern(RegexReplacement replacement) implements PathRewrite {}
}
