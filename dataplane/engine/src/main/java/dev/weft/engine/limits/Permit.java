package dev.weft.engine.limits;

import org.jspecify.annotations.Nullable;

/** A request that is under way, as far as its number is limited. */
@FunctionalInterface
public interface Permit {

  /**
   * The request is over; to be said once.
   *
   * @param completed whether its response was whole
   */
  void release(boolean completed);

  /** Both, given back as one. */
  static Permit both(@Nullable Permit one, Permit other) {
    return one == null
        ? other
        : completed -> {
          one.release(completed);
          other.release(completed);
        };
  }
}
