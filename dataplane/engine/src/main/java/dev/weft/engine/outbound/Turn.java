package dev.weft.engine.outbound;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Lets one thread at a time at an object's state, and never makes one wait: who finds it taken
 * leaves its task behind, for the thread that has it. What one thread does here, the next one sees.
 */
abstract class Turn {

  private static final VarHandle TASKS;
  private static final VarHandle WAKE;
  private static final Task TAKEN = new Task(() -> {}, null);

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      TASKS = lookup.findVarHandle(Turn.class, "tasks", Task.class);
      WAKE = lookup.findVarHandle(Turn.class, "wake", CompletableFuture.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /** Null: free. Else what was left behind, last first, down to {@link #TAKEN}. */
  @SuppressWarnings("unused") // read and written through TASKS
  private volatile @Nullable Task tasks;

  /** To be completed when the turn is over, so that nothing else runs inside it. */
  @SuppressWarnings("unused") // read and written through WAKE
  private volatile @Nullable CompletableFuture<@Nullable Void> wake;

  /** Takes the turn if it is free; then {@link #leave} must follow. */
  final boolean enter() {
    return TASKS.compareAndSet(this, null, TAKEN);
  }

  /** Does what was left behind, and gives up the turn. */
  final void leave() {
    Throwable thrown = null;
    while (!TASKS.compareAndSet(this, TAKEN, null)) {
      Task reversed = null;
      for (Task task = (Task) TASKS.getAndSet(this, TAKEN); task != TAKEN && task != null; ) {
        Task next = task.next;
        task.next = reversed;
        reversed = task;
        task = next;
      }
      for (; reversed != null; reversed = reversed.next) {
        try {
          reversed.work.run();
        } catch (RuntimeException | Error e) {
          // The turn must not stay taken; whoever left this behind can't be told.
          thrown = thrown == null ? e : thrown;
        }
      }
    }
    @SuppressWarnings("unchecked") // it has no other type
    CompletableFuture<@Nullable Void> due =
        (CompletableFuture<@Nullable Void>) WAKE.getAndSet(this, null);
    if (due != null) {
      due.complete(null);
    }
    if (thrown instanceof RuntimeException e) {
      throw e;
    }
    if (thrown instanceof Error e) {
      throw e;
    }
  }

  /** Does it now if the turn is free, else leaves it behind. */
  final void inTurn(Runnable work) {
    Task task = null;
    while (true) {
      if (enter()) {
        try {
          work.run();
        } finally {
          leave();
        }
        return;
      }
      Task before = tasks;
      if (before != null) {
        task = task == null ? new Task(work, before) : task;
        task.next = before;
        if (TASKS.compareAndSet(this, before, task)) {
          return;
        }
      }
    }
  }

  /** Completes it when this turn is over. To be called in turn. */
  final void wakeAfterwards(CompletableFuture<@Nullable Void> waiting) {
    CompletableFuture<@Nullable Void> already = wake;
    if (already == null) {
      wake = waiting;
    } else if (already != waiting) {
      var unused = already.whenComplete((nothing, failure) -> waiting.complete(null));
    }
  }

  private static final class Task {
    final Runnable work;
    @Nullable Task next;

    Task(Runnable work, @Nullable Task next) {
      this.work = work;
      this.next = next;
    }
  }
}
