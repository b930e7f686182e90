package dev.weft.agent;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Settings, by the environment variable's name; the system property of the same name wins. */
public final class Settings {

  private Settings() {}

  /** For {@code WEFT_CONTROL}: the property {@code weft.control}, else the variable, else null. */
  public static @Nullable String get(String variable) {
    String property = System.getProperty(variable.toLowerCase(Locale.ROOT).replace('_', '.'));
    return property != null ? property : System.getenv(variable);
  }

  /** Whether {@code WEFT_INBOUND_INITIAL} is {@code strict}. */
  static boolean isStrictInitially() {
    String value = get("WEFT_INBOUND_INITIAL");
    return value != null && value.trim().equalsIgnoreCase("strict");
  }

  static boolean isTrue(String variable, boolean unset) {
    String value = get(variable);
    if (value == null || value.isBlank()) {
      return unset;
    }
    return !value.trim().equalsIgnoreCase("false");
  }
}
