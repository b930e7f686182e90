package dev.weft.engine.model;

/**
 * A compiled regular expression of RE2's syntax. To match takes time in proportion to the text,
 * whatever the expression. Equal if the expressions are.
 */
public interface Regex {

  /** Whether the whole text matches. */
  boolean matches(String text);

  /** What every text that matches begins with; may be empty. */
  String literalPrefix();
}
