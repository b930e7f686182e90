package dev.weft.engine.model;

import java.time.Duration;

/**
 * How answers of a cluster are kept for when it is down.
 *
 * @param maxAge of an answer that is given again
 * @param maxEntries answers kept at most; the first of them give way
 * @param maxBodyBytes of an answer that is kept
 */
public record LastGoodAnswer(Duration maxAge, int maxEntries, int maxBodyBytes) {}
