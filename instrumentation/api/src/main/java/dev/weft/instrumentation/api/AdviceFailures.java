package dev.weft.instrumentation.api;

import org.jspecify.annotations.Nullable;

/**
 * Where a module tells of what it had to keep from the application itself, which advice does by
 * throwing: replaced calls throw what the call throws, and some advice has gone too far to be left
 * out.
 */
public final class AdviceFailures {

  private static volatile @Nullable Reporter reporter;

  private AdviceFailures() {}

  /** Who counts them. */
  public interface Reporter {

    /** See {@link AdviceFailures#report}. Never throws. */
    void report(String where, Throwable failure);
  }

  /** For the weaver, before it weaves anything. */
  public static void reportedTo(Reporter known) {
    reporter = known;
  }

  /**
   * Counts a failure and logs the first few.
   *
   * @param where what failed
   */
  public static void report(String where, Throwable failure) {
    Reporter known = reporter;
    if (known != null) {
      known.report(where, failure);
    }
  }
}
