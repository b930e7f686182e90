package dev.weft.instrumentation.executors;

import dev.weft.engine.Attachments;
import dev.weft.engine.RequestContext;
import java.util.concurrent.CompletableFuture.AsynchronousCompletionTask;
import java.util.concurrent.ForkJoinPool;
import org.jspecify.annotations.Nullable;

/**
 * What tasks carry. A task handed over twice before it ran once carries the context of the last
 * time.
 */
final class Carried {

  /** Its nested classes, one of which makes the threads of the pool that runs virtual threads. */
  private static final String VIRTUAL_THREADS = "java.lang.VirtualThread";

  private static final Attachments<Object, RequestContext> CONTEXTS = new Attachments<>();

  /** The context that was current on a thread, which may be none. */
  record Before(@Nullable RequestContext context) {}

  private Carried() {}

  /** The task leaves the current thread. */
  static void attach(Object task) {
    RequestContext current = RequestContext.current();
    if (current != null) {
      CONTEXTS.put(task, current);
    } else if (!CONTEXTS.isEmpty() && !(task instanceof AsynchronousCompletionTask)) {
      // Those work for whom they were made, also when a timer hands them on.
      CONTEXTS.remove(task);
    }
  }

  /**
   * The task leaves the current thread for a fork/join pool.
   *
   * @param pool not looked at further if it runs the JDK's virtual threads: its tasks continue
   *     these, and are handed over in the middle of a switch of threads
   */
  static void attach(Object task, ForkJoinPool pool) {
    if (!pool.getFactory().getClass().getName().startsWith(VIRTUAL_THREADS)) {
      attach(task);
    }
  }

  /**
   * The task runs: makes what it carries current, once.
   *
   * @return for {@link #restore}; null if it carries nothing
   */
  static @Nullable Before take(Object task) {
    return CONTEXTS.isEmpty() ? null : current(CONTEXTS.remove(task));
  }

  /** As {@link #take}, for a task that may be tried several times before it really runs. */
  static @Nullable Before look(Object task) {
    return CONTEXTS.isEmpty() ? null : current(CONTEXTS.get(task));
  }

  /** The task has run, and will not run again. */
  static void drop(Object task) {
    CONTEXTS.remove(task);
  }

  static void restore(@Nullable Before before) {
    if (before != null) {
      RequestContext.swap(before.context());
    }
  }

  private static @Nullable Before current(@Nullable RequestContext carried) {
    return carried == null ? null : new Before(RequestContext.swap(carried));
  }
}
