package dev.weft.benchmarks;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.LongStream;

/**
 * Asks one port for one path. An answer that is not 200 ends the bench: what fails fast is not
 * fast.
 */
final class Load {

  private final int port;
  private final String path;

  Load(int port, String path) {
    this.port = port;
    this.path = path;
  }

  /**
   * @param requests that were answered
   * @param seconds that it took
   */
  record Throughput(long requests, double seconds) {

    double perSecond() {
      return requests / seconds;
    }
  }

  /** Closed loop: each connection asks again as soon as it has its answer. */
  Throughput saturate(int connections, Duration window) throws InterruptedException {
    long start = System.nanoTime();
    long end = start + window.toNanos();
    List<Long> counts =
        onEach(
            connections,
            connection -> {
              long requests = 0;
              while (System.nanoTime() < end) {
                ask(connection);
                requests++;
              }
              return requests;
            });
    double seconds = (System.nanoTime() - start) / 1e9;
    return new Throughput(counts.stream().mapToLong(Long::longValue).sum(), seconds);
  }

  /**
   * Open loop: requests are due at fixed times, whether or not the earlier ones have been answered,
   * and what one waited beyond its time counts (so that no omission is coordinated with a slow
   * server).
   *
   * @param connections more than are ever busy at once
   * @return how long each took from when it was due, ns
   */
  long[] atRate(double perSecond, int connections, Duration window) throws InterruptedException {
    int requests = (int) (perSecond * window.toNanos() / 1e9);
    double interval = 1e9 / perSecond;
    AtomicInteger next = new AtomicInteger();
    long start = System.nanoTime();
    List<long[]> latencies =
        onEach(
            connections,
            connection -> {
              LongStream.Builder taken = LongStream.builder();
              for (int n = next.getAndIncrement(); n < requests; n = next.getAndIncrement()) {
                long due = start + (long) (n * interval);
                for (long early = due - System.nanoTime();
                    early > 0;
                    early = due - System.nanoTime()) {
                  LockSupport.parkNanos(early);
                }
                ask(connection);
                taken.add(System.nanoTime() - due);
              }
              return taken.build().toArray();
            });
    return latencies.stream().flatMapToLong(LongStream::of).toArray();
  }

  private interface Work<T> {
    T on(HttpConnection connection) throws IOException;
  }

  private <T> List<T> onEach(int connections, Work<T> work) throws InterruptedException {
    ExecutorService threads = Executors.newFixedThreadPool(connections);
    try {
      List<Future<T>> running = new ArrayList<>();
      for (int i = 0; i < connections; i++) {
        running.add(
            threads.submit(
                () -> {
                  try (HttpConnection connection = new HttpConnection(port, path)) {
                    return work.on(connection);
                  }
                }));
      }
      List<T> results = new ArrayList<>();
      for (Future<T> each : running) {
        results.add(each.get());
      }
      return results;
    } catch (ExecutionException e) {
      throw new IllegalStateException("load on port " + port + path, e.getCause());
    } finally {
      threads.shutdownNow();
      threads.awaitTermination(1, TimeUnit.MINUTES);
    }
  }

  private void ask(HttpConnection connection) throws IOException {
    int status = connection.get();
    if (status != 200) {
      throw new IOException("answered " + status + " " + connection.complaint());
    }
  }
}
