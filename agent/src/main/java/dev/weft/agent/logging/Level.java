package dev.weft.agent.logging;

import java.util.Locale;

/** As {@code java.util.logging.Level}. Final fields, not an enum: libraries were compiled so. */
public final class Level {

  public static final Level OFF = new Level("OFF", Integer.MAX_VALUE);
  public static final Level SEVERE = new Level("SEVERE", 1000);
  public static final Level WARNING = new Level("WARNING", 900);
  public static final Level INFO = new Level("INFO", 800);
  public static final Level CONFIG = new Level("CONFIG", 700);
  public static final Level FINE = new Level("FINE", 500);
  public static final Level FINER = new Level("FINER", 400);
  public static final Level FINEST = new Level("FINEST", 300);
  public static final Level ALL = new Level("ALL", Integer.MIN_VALUE);

  private final String name;
  private final int value;

  private Level(String name, int value) {
    this.name = name;
    this.value = value;
  }

  public String getName() {
    return name;
  }

  public int intValue() {
    return value;
  }

  /**
   * The level that {@code WEFT_LOG_LEVEL} names, in our words or others'.
   *
   * @throws IllegalArgumentException if it names none
   */
  static Level named(String name) {
    return switch (name.trim().toUpperCase(Locale.ROOT)) {
      case "OFF", "NONE" -> OFF;
      case "SEVERE", "ERROR" -> SEVERE;
      case "WARNING", "WARN" -> WARNING;
      case "INFO" -> INFO;
      case "CONFIG" -> CONFIG;
      case "FINE", "DEBUG" -> FINE;
      case "FINER" -> FINER;
      case "FINEST", "TRACE" -> FINEST;
      case "ALL" -> ALL;
      default ->
          throw new IllegalArgumentException("expected off, error, warn, info, debug or trace");
    };
  }

  @Override
  public String toString() {
    return name;
  }
}
