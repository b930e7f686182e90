package dev.weft.engine.model;

/**
 * Envoy's RegexMatchAndSubstitute, compiled: what matches, anywhere in a text, is replaced. Equal
 * if expression and substitution are.
 */
@FunctionalInterface
public interface RegexReplacement {

  String replaceAll(String text);
}
