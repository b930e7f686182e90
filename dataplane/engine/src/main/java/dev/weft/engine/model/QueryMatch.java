package dev.weft.engine.model;

/**
 * Envoy's QueryParameterMatcher. Names and values are compared as they are on the wire, not
 * decoded; of a name given several times, the first counts.
 *
 * @param match of the value; {@link StringMatch.Present}: any. An absent parameter never matches
 */
public record QueryMatch(String name, StringMatch match) {}
