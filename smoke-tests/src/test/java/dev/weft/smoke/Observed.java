package dev.weft.smoke;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** Prints the figures that a test saw, so that a passing run says more than that it passed. */
final class Observed {

  private static final PrintStream OUT = new PrintStream(System.out, true, StandardCharsets.UTF_8);

  private Observed() {}

  @SuppressWarnings("AnnotateFormatMethod") // not worth a dependency
  static void print(String format, Object... figures) {
    OUT.println("[observed] " + String.format(format, figures));
  }
}
