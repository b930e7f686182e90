package dev.weft.smoke;

import static org.junit.jupiter.api.Assumptions.abort;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** A program that isn't ours and not everybody has. */
final class OutsideTool {

  private OutsideTool() {}

  /**
   * The test needs this program. Without it the test is skipped, or fails where {@code
   * weft.tools.required} says that all of them are there.
   *
   * @return its path
   */
  static String require(String name) {
    return Stream.of(System.getenv("PATH").split(File.pathSeparator, -1))
        .map(directory -> Path.of(directory, name))
        .filter(Files::isExecutable)
        .map(Path::toString)
        .findFirst()
        .orElseGet(() -> missing(name));
  }

  private static String missing(String name) {
    String reason = name + " is not installed";
    if (Boolean.getBoolean("weft.tools.required")) {
      throw new AssertionError(reason);
    }
    Observed.print("skipped: %s", reason);
    return abort(reason);
  }
}
