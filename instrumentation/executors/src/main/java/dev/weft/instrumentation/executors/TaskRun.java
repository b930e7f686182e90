package dev.weft.instrumentation.executors;

import dev.weft.instrumentation.executors.Carried.Before;

/** Stands where a pool's worker runs a task. */
final class TaskRun {

  private TaskRun() {}

  static void run(Runnable task) {
    Before before = Carried.take(task);
    try {
      task.run();
    } finally {
      Carried.restore(before);
    }
  }
}
