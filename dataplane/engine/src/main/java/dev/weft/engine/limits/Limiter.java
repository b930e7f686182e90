package dev.weft.engine.limits;

/** One {@link dev.weft.engine.model.RequestLimit} at work. */
@FunctionalInterface
public interface Limiter {

  /** Counts the request, and tells whether it may pass. Never blocks. */
  Decision decide(LimitedRequest request);
}
