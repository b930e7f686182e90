package dev.weft.engine.model;

/**
 * Bounds how many requests pass, whichever way they go: by their rate, or by how many there are at
 * once.
 */
public sealed interface RequestLimit extends InboundFilter
    permits RateLimit, AdaptiveConcurrency, MaxRequests {

  /** Tells it from its neighbours; equal limits of different names count by themselves. */
  String name();
}
