package dev.weft.smoke;

import dev.weft.demo.process.Http;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/** Several callers that call some URLs in turn until they are told to stop. */
final class Load implements AutoCloseable {

  private static final int SHOWN = 5;

  private final ExecutorService callers;
  private final AtomicBoolean stopped = new AtomicBoolean();
  private final AtomicInteger answered = new AtomicInteger();
  private final ConcurrentLinkedQueue<String> failures = new ConcurrentLinkedQueue<>();
  private final long start = System.nanoTime();

  private Load(int concurrency) {
    this.callers = Executors.newFixedThreadPool(concurrency);
  }

  /** Begins to call; anything but a 200 is a failure. */
  static Load on(int concurrency, String... urls) {
    Load load = new Load(concurrency);
    for (int i = 0; i < concurrency; i++) {
      int first = i;
      load.callers.execute(() -> load.call(first, urls));
    }
    return load;
  }

  private void call(int first, String... urls) {
    for (int i = first; !stopped.get(); i++) {
      String url = urls[i % urls.length];
      String failure = null;
      try {
        HttpResponse<String> response = Http.get(url);
        if (response.statusCode() != 200) {
          failure = response.statusCode() + " " + response.body();
        }
      } catch (Exception e) {
        failure = e.toString();
      }
      int number = answered.incrementAndGet();
      if (failure != null) {
        long millis = (System.nanoTime() - start) / 1_000_000;
        failures.add("#" + number + " after " + millis + " ms: " + url + ": " + failure);
      }
    }
  }

  /** How many calls have ended, well or not. */
  int calls() {
    return answered.get();
  }

  List<String> failures() {
    return new ArrayList<>(failures);
  }

  /** Calls, failures, and the first of these. */
  @Override
  public String toString() {
    double seconds = (System.nanoTime() - start) / 1e9;
    String counts =
        String.format("%d calls in %.1f s, %d failed", calls(), seconds, failures.size());
    return failures.isEmpty() ? counts : counts + ": " + failures.stream().limit(SHOWN).toList();
  }

  /** Lets the calls that are under way end. */
  @Override
  public void close() {
    stopped.set(true);
    callers.shutdown();
    try {
      if (!callers.awaitTermination(1, TimeUnit.MINUTES)) {
        failures.add("a call didn't end");
        callers.shutdownNow();
      }
    } catch (InterruptedException e) {
      callers.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }
}
