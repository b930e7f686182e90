package dev.weft.engine.format;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A format string, taken apart (Envoy: substitution formatter). */
public record FormatString(List<Part> parts) {

  private static final Pattern COMMAND =
      Pattern.compile("%([A-Z0-9_]+)(?:\\(([^)]*)\\))?(?::([0-9]{1,9}))?%");

  public FormatString {
    parts = List.copyOf(parts);
  }

  /** A piece of a format string. */
  public sealed interface Part {}

  /** Text that stands for itself. */
  public record Text(String text) implements Part {}

  /**
   * {@code %OPERATOR(argument):maxLength%}.
   *
   * @param argument null if there are no parentheses
   * @param maxLength characters of the value that are kept; -1 for all of them
   */
  public record Command(String operator, @Nullable String argument, int maxLength) implements Part {

    /** The parts of an argument {@code FIRST?SECOND}; one if there is no second. */
    public List<String> alternatives() {
      return argument == null ? List.of() : List.of(argument.split("\\?", 2));
    }
  }

  /** One that stands for itself. */
  public static FormatString constant(String text) {
    return new FormatString(text.isEmpty() ? List.of() : List.of(new Text(text)));
  }

  /** What it is, whatever it is about; null if it has a command operator. */
  public @Nullable String constant() {
    return parts.isEmpty()
        ? ""
        : parts.size() == 1 && parts.get(0) instanceof Text text ? text.text() : null;
  }

  /**
   * Takes a text apart; {@code %%} is a per cent sign.
   *
   * @throws IllegalArgumentException saying what is wrong, for people to read
   */
  public static FormatString parse(String format) {
    List<Part> parts = new ArrayList<>();
    StringBuilder text = new StringBuilder();
    Matcher command = COMMAND.matcher(format);
    int at = 0;
    while (at < format.length()) {
      char c = format.charAt(at);
      if (c != '%') {
        text.append(c);
        at++;
      } else if (format.startsWith("%%", at)) {
        text.append('%');
        at += 2;
      } else if (command.region(at, format.length()).lookingAt()) {
        if (!text.isEmpty()) {
          parts.add(new Text(text.toString()));
          text.setLength(0);
        }
        parts.add(command(command));
        at = command.end();
      } else {
        throw new IllegalArgumentException(
            "no command operator at \""
                + format.substring(at, Math.min(at + 40, format.length()))
                + "\"; a single % must be written as %%");
      }
    }
    if (!text.isEmpty()) {
      parts.add(new Text(text.toString()));
    }
    return new FormatString(parts);
  }

  private static Command command(Matcher match) {
    String operator = match.group(1);
    String argument = match.group(2);
    String length = match.group(3);
    Operators.check(operator, argument);
    return new Command(operator, argument, length == null ? -1 : Integer.parseInt(length));
  }
}
