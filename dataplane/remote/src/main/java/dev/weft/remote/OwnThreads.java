package dev.weft.remote;

import dev.weft.engine.RequestContext;
import java.util.concurrent.Executor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Daemon threads, as many as have work and for as long as they have, on which what is done is
 * Weft's own traffic ({@link RequestContext#OWN}): not to be routed, observed or judged, whichever
 * request it was begun for.
 */
final class OwnThreads implements Executor {

  private static final int IDLE_SECONDS = 10;

  private final ThreadPoolExecutor pool =
      new ThreadPoolExecutor(
          0,
          Integer.MAX_VALUE,
          IDLE_SECONDS,
          TimeUnit.SECONDS,
          new SynchronousQueue<>(),
          OwnThreads::thread);

  private static Thread thread(Runnable task) {
    Runnable own = () -> as(RequestContext.OWN, task);
    // It inherits nothing of whichever application thread happens to come first.
    Thread thread = new Thread(null, own, "weft-remote", 0, false);
    thread.setDaemon(true);
    thread.setContextClassLoader(OwnThreads.class.getClassLoader());
    return thread;
  }

  /** Tasks carry the context of whoever hands them over, where executors are woven. */
  @Override
  public void execute(Runnable task) {
    as(RequestContext.OWN, () -> pool.execute(task));
  }

  /** Runs what belongs to others, which may make requests that aren't Weft's. */
  static void asOthers(Runnable task) {
    as(null, task);
  }

  private static void as(@Nullable RequestContext context, Runnable task) {
    RequestContext before = RequestContext.swap(context);
    try {
      task.run();
    } finally {
      RequestContext.swap(before);
    }
  }
}
