package dev.weft.agent;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What an application is called if nobody says: the name of its jar, or of its main class, as a DNS
 * label, which a service's name has to be.
 */
final class ApplicationName {

  private static final Pattern JAR =
      Pattern.compile("(?:.*[/\\\\])?(.+?)(?:-\\d[\\w.+-]*)?\\.[jw]ar");

  private ApplicationName() {}

  /**
   * @param command main class or jar, and arguments, as the launcher was given them
   */
  static String of(String command) {
    String main = command.split(" ")[0];
    Matcher jar = JAR.matcher(main);
    if (jar.matches()) {
      return label(jar.group(1));
    }
    String simple = main.substring(Math.max(main.lastIndexOf('.'), main.lastIndexOf('/')) + 1);
    return label(simple);
  }

  /** {@code OrderService} becomes {@code order-service}. */
  private static String label(String name) {
    String words = name.replaceAll("(?<=[a-z0-9])(?=[A-Z])", "-").toLowerCase(Locale.ROOT);
    String label = words.replaceAll("[^a-z0-9]+", "-").replaceAll("^-+", "");
    String cut = label.substring(0, Math.min(label.length(), 63)).replaceAll("-+$", "");
    return cut.isEmpty() ? "application" : cut;
  }
}
