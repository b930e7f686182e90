package dev.weft.telemetry;

import dev.weft.engine.RequestContext;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** Sends spans. What it does is Weft's own traffic: not to be routed, observed or traced. */
final class ExporterThread extends Thread {

  private static final int MOST_AT_ONCE = 4;

  private ExporterThread(Runnable task) {
    super(task, "weft-otlp");
    setDaemon(true);
  }

  @Override
  public void run() {
    RequestContext unused = RequestContext.swap(RequestContext.OWN);
    super.run();
  }

  static ExecutorService executor() {
    return new ThreadPoolExecutor(
        0, MOST_AT_ONCE, 30, TimeUnit.SECONDS, new SynchronousQueue<>(), ExporterThread::new);
  }
}
