package dev.weft.instrumentation.executors;

import dev.weft.instrumentation.executors.Carried.Before;
import org.jspecify.annotations.Nullable;

/** Stands where a pool's worker runs a task. */
final class TaskRun {

  private TaskRun() {}

  static void run(Runnable task) {
    Before before = take(task);
    try {
      task.run();
    } finally {
      if (before != null) {
        Carried.restore(before);
      }
    }
  }

  private static @Nullable Before take(Runnable task) {
    try {
      return Carried.take(task);
    } catch (RuntimeException | Error e) {
      return null; // it runs for nobody
    }
  }
}
