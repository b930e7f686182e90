package dev.weft.engine.model;

/**
 * So many requests at once and no more: {@code circuit_breakers.thresholds.max_requests} of the
 * cluster that an Envoy has for the application behind it.
 */
public record MaxRequests(String name, int limit) implements RequestLimit {}
