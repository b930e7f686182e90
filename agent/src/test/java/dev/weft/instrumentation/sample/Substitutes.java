package dev.weft.instrumentation.sample;

/** Replacements of calls. */
final class Substitutes {

  private Substitutes() {}

  static void runTwice(Runnable runnable) {
    runnable.run();
    runnable.run();
  }

  static void runTask(Runnable task) {
    System.setProperty("sample.tasks", "woven");
    task.run();
  }
}
