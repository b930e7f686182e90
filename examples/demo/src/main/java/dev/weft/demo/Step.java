package dev.weft.demo;

import java.time.Duration;

/** One thing that the demo shows. */
record Step(String name, Action action) {

  /** What the mesh does by itself doesn't take longer. */
  static final Duration SOON = Duration.ofSeconds(20);

  interface Action {

    /**
     * @return the figures that were observed
     * @throws Exception if it can't be observed
     */
    String run() throws Exception;
  }

  static void require(boolean condition, String otherwise) {
    if (!condition) {
      throw new IllegalStateException(otherwise);
    }
  }
}
