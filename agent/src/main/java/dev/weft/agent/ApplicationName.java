package dev.weft.agent;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What an application is called if nobody says: the name of its jar, or of its main class. */
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
      return jar.group(1);
    }
    String simple = main.substring(Math.max(main.lastIndexOf('.'), main.lastIndexOf('/')) + 1);
    return simple.isEmpty() ? "application" : simple;
  }
}
