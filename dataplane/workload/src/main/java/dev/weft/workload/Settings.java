package dev.weft.workload;

import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
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

  /**
   * The value in a form of its own. Never fails: one that makes no sense is reported and the
   * default taken, as an agent must not keep an application from starting.
   *
   * @param otherwise the default, which the parser understands
   * @param parser its IllegalArgumentException says what was expected
   * @param problems told {@code NAME=VALUE: what was expected; using OTHERWISE}
   */
  public <T> T get(
      String name, String otherwise, Function<String, T> parser, Consumer<String> problems) {
    String value = get(name, otherwise);
    try {
      return parser.apply(value);
    } catch (IllegalArgumentException e) {
      problems.accept(name + "=" + value + ": " + e.getMessage() + "; using " + otherwise);
      return parser.apply(otherwise);
    }
  }

  /** {@link #get(String, String, Function, Consumer)} of a switch. */
  public boolean isOn(String name, Consumer<String> problems) {
    return get(name, "true", Settings::onOrOff, problems);
  }

  private static boolean onOrOff(String value) {
    return switch (value.toLowerCase(Locale.ROOT)) {
      case "true" -> true;
      case "false" -> false;
      default -> throw new IllegalArgumentException("expected true or false");
    };
  }

  /** Names of the environment's variables, ours and all others. */
  public Set<String> variables() {
    return environment.keySet();
  }
}
