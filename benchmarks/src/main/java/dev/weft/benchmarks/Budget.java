package dev.weft.benchmarks;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What something may cost.
 *
 * @param floor must be kept; null: there is none
 * @param aim is wanted; null: there is none
 */
record Budget(Unit unit, Better better, @Nullable Double floor, @Nullable Double aim) {

  enum Better {
    LESS,
    MORE
  }

  /** How a value is written. */
  enum Unit {
    RATIO("%.2f"),
    MEGABYTES("%.1f MB"),
    MICROSECONDS("%.0f µs"),
    MILLISECONDS("%.1f ms"),
    PER_SECOND("%.0f/s");

    private final String format;

    Unit(String format) {
      this.format = format;
    }

    String format(double value) {
      return String.format(Locale.ROOT, format, value);
    }
  }

  enum Verdict {
    AIM_MET("aim met"),
    AIM_MISSED("aim missed"),
    FLOOR_MISSED("FLOOR MISSED"),
    PRINTED("");

    private final String words;

    Verdict(String words) {
      this.words = words;
    }

    @Override
    public String toString() {
      return words;
    }
  }

  static Budget atMost(Unit unit, @Nullable Double floor, @Nullable Double aim) {
    return new Budget(unit, Better.LESS, floor, aim);
  }

  static Budget atLeast(Unit unit, double floor, double aim) {
    return new Budget(unit, Better.MORE, floor, aim);
  }

  static Budget printed(Unit unit) {
    return new Budget(unit, Better.LESS, null, null);
  }

  Verdict judge(double value) {
    if (floor != null && !holds(value, floor)) {
      return Verdict.FLOOR_MISSED;
    }
    if (aim == null) {
      return Verdict.PRINTED;
    }
    return holds(value, aim) ? Verdict.AIM_MET : Verdict.AIM_MISSED;
  }

  /** A value that is not a number holds nothing. */
  private boolean holds(double value, double limit) {
    return better == Better.LESS ? value <= limit : value >= limit;
  }
}
