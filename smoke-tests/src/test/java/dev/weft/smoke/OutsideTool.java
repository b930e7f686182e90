package dev.weft.smoke;

import static org.junit.jupiter.api.Assumptions.abort;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** A program or library that isn't ours and not everybody has. */
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

  /**
   * As with a program: the test needs this native library.
   *
   * @param name of its file; looked for where this JVM would, and where Debian puts libraries
   * @return the directory it is in
   */
  static Path requireLibrary(String name) throws IOException {
    Stream<Path> ours =
        Stream.of(System.getProperty("java.library.path").split(File.pathSeparator, -1))
            .map(Path::of);
    try (Stream<Path> debians = Files.list(Path.of("/usr/lib"))) {
      return Stream.concat(ours, debians)
          .filter(directory -> Files.isReadable(directory.resolve(name)))
          .findFirst()
          .orElseGet(() -> Path.of(missing(name)));
    }
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
