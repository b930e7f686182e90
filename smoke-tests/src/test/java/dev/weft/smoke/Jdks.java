package dev.weft.smoke;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The JDKs that applications are started on. */
final class Jdks {

  private Jdks() {}

  /** The one that runs the tests. */
  static Path own() {
    return Path.of(System.getProperty("java.home"));
  }

  /** The one that runs the tests, and those that {@code weft.test.jdks} names. */
  static List<Path> all() {
    String others = System.getProperty("weft.test.jdks", "");
    return Stream.concat(
            Stream.of(own()),
            Stream.of(others.split("[,;:\\s]+", -1)).filter(home -> !home.isBlank()).map(Path::of))
        .distinct()
        .toList();
  }
}
