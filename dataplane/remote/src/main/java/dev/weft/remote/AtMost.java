package dev.weft.remote;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** Has a few tasks done at a time; others wait for their turn, in their order. */
final class AtMost implements Executor {

  private final Executor threads;
  private final Queue<Runnable> waiting = new ArrayDeque<>();
  private int free;

  AtMost(int tasks, Executor threads) {
    this.free = tasks;
    this.threads = threads;
  }

  @Override
  public void execute(Runnable task) {
    synchronized (this) {
      if (free == 0) {
        waiting.add(task);
        return;
      }
      free--;
    }
    try {
      threads.execute(() -> work(task));
    } catch (RuntimeException | Error e) {
      // There is no thread to be had; the place is as free as before.
      synchronized (this) {
        free++;
      }
      throw e;
    }
  }

  private void work(Runnable first) {
    for (Runnable task = first; task != null; task = next()) {
      try {
        task.run();
      } catch (RuntimeException | Error e) {
        // Its own trouble, which it should have told; others must have their turn.
      }
    }
  }

  private synchronized @Nullable Runnable next() {
    Runnable next = waiting.poll();
    if (next == null) {
      free++;
    }
    return next;
  }
}
