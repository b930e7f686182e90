package dev.weft.config.model;

/** How a string is matched. */
public sealed interface StringMatch {

  /** The whole string. */
  record Exact(String value) implements StringMatch {}

  /** How the string begins. */
  record Prefix(String value) implements StringMatch {}

  /** How the string ends. */
  record Suffix(String value) implements StringMatch {}

  /** The whole string, by a regular expression of RE2's syntax. */
  record Regex(String value) implements StringMatch {}

  /** Any string, as long as there is one. */
  record Present() implements StringMatch {}
}
