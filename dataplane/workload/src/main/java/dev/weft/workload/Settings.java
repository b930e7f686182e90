package dev.weft.workload;

import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Looks settings up by their environment variable's name: the system property of the same name
 * ({@code WEFT_CONTROL} is {@code weft.control}) wins over the variable. Empty counts as absent.
 */
public final class Settings {

  private final Function<String, @Nullable String> property;
  private final Map<String, String> environment;

  public Settings(Function<String, @Nullable String> property, Map<String, String> environment) {
    this.property = property;
    this.environment = Map.copyOf(environment);
  }

  /** Of this process. */
  public static Settings ofProcess() {
    return new Settings(System::getProperty, System.getenv());
  }

  public @Nullable String get(String name) {
    String value = property.apply(name.toLowerCase(Locale.ROOT).replace('_', '.'));
    if (value == null || value.isEmpty()) {
      value = environment.get(name);
    }
    return value == null || value.isEmpty() ? null : value;
  }

  public String get(String name, String otherwise) {
    String value = get(name);
    return value == null ? otherwise : value;
  }
}
