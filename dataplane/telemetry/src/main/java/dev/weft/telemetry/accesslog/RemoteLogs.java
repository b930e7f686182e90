package dev.weft.telemetry.accesslog;

import com.google.protobuf.ByteString;
import dev.weft.engine.RequestContext;
import dev.weft.engine.model.AccessLogPolicy;
import dev.weft.engine.model.AccessLogPolicy.Als;
import dev.weft.engine.model.AccessLogPolicy.Remote;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Sends the entries of all logs that go to services, by OTLP or to Envoy's Access Log Service, in
 * batches, on one thread, which begins with the first. If it falls behind, or nobody takes them,
 * entries are lost and counted, and no request waits.
 */
public final class RemoteLogs implements AutoCloseable {

  private static final Duration FLUSH = Duration.ofSeconds(3);

  private final Export export;
  private final Batch batch;
  private final Origin origin;
  private final Consumer<String> warning;
  private final BlockingQueue<Entry> entries;
  private final AtomicLong lost = new AtomicLong();
  private volatile @Nullable Thread sender;
  private volatile boolean hurried;

  /** Sends an ExportLogsServiceRequest, or a StreamAccessLogsMessage. */
  @FunctionalInterface
  public interface Export {

    /**
     * @return null if there is nowhere to send it; fails if it didn't get there in time
     */
    @Nullable CompletionStage<?> send(Remote to, byte[] request, Duration timeout);
  }

  /**
   * OTEL_BLRP_*: how entries are gathered before they are sent.
   *
   * @param delay how long the first of a batch waits for others
   * @param queue most that wait
   * @param size most in a batch
   * @param timeout of sending one
   */
  public record Batch(Duration delay, int queue, int size, Duration timeout) {}

  /**
   * Whose entries they are.
   *
   * @param resource OTLP's attributes of all entries
   * @param nodeId of Envoy's core.v3.Node, as its cluster
   */
  public record Origin(Map<String, String> resource, String nodeId, String service) {

    public Origin {
      resource = Collections.unmodifiableMap(new LinkedHashMap<>(resource));
    }
  }

  /**
   * @param flushed told when all before it was sent or given up; its record is empty then
   */
  private record Entry(@Nullable Remote to, ByteString record, @Nullable CountDownLatch flushed) {}

  /**
   * @param warning told why entries aren't taken, once until they are again
   */
  public RemoteLogs(Export export, Batch batch, Origin origin, Consumer<String> warning) {
    this.export = export;
    this.batch = batch;
    this.origin = origin;
    this.warning = warning;
    entries = new ArrayBlockingQueue<>(Math.max(1, batch.queue));
  }

  void write(Remote to, ByteString record) {
    if (!entries.offer(new Entry(to, record, null))) {
      lost.incrementAndGet();
    }
    if (sender == null) {
      startSender();
    }
  }

  /** Entries that were not taken. */
  public long lost() {
    return lost.get();
  }

  private synchronized void startSender() {
    if (sender == null) {
      Thread thread = new Thread(null, this::run, "weft-remote-logs", 0, false);
      thread.setDaemon(true);
      thread.setContextClassLoader(RemoteLogs.class.getClassLoader());
      sender = thread;
      thread.start();
    }
  }

  private void run() {
    // What it does is Weft's own traffic: not to be routed, observed or traced.
    RequestContext unused = RequestContext.swap(RequestContext.OWN);
    String[] problem = {null};
    try {
      while (true) {
        List<Entry> gathered = gather();
        Map<Remote, List<ByteString>> byLog = new LinkedHashMap<>();
        for (Entry entry : gathered) {
          if (entry.to != null) {
            byLog.computeIfAbsent(entry.to, log -> new ArrayList<>()).add(entry.record);
          }
        }
        for (Map.Entry<Remote, List<ByteString>> log : byLog.entrySet()) {
          send(log.getKey(), log.getValue(), problem);
        }
        for (Entry entry : gathered) {
          if (entry.flushed != null) {
            entry.flushed.countDown();
          }
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** As many as come within the delay; it ends at once if somebody wants them flushed. */
  private List<Entry> gather() throws InterruptedException {
    List<Entry> gathered = new ArrayList<>();
    Entry first = entries.take();
    gathered.add(first);
    boolean flush = first.flushed != null || hurried;
    long end = System.nanoTime() + batch.delay.toNanos();
    while (!flush && gathered.size() < batch.size) {
      Entry next = entries.poll(end - System.nanoTime(), TimeUnit.NANOSECONDS);
      if (next == null) {
        break;
      }
      gathered.add(next);
      flush = next.flushed != null;
    }
    if (flush) {
      entries.drainTo(gathered, Math.max(0, batch.size - gathered.size()));
    }
    return gathered;
  }

  private void send(Remote to, List<ByteString> records, @Nullable String[] problem)
      throws InterruptedException {
    String failure = null;
    try {
      CompletionStage<?> sent = export.send(to, request(to, records), batch.timeout);
      if (sent == null) {
        failure = "it is not known";
      } else {
        sent.toCompletableFuture().get(batch.timeout.toMillis(), TimeUnit.MILLISECONDS);
      }
    } catch (ExecutionException e) {
      failure = String.valueOf(e.getCause() == null ? e : e.getCause().getMessage());
    } catch (TimeoutException e) {
      failure = "no answer in time";
    } catch (RuntimeException e) {
      failure = e.toString();
    }
    if (failure != null) {
      lost.addAndGet(records.size());
      if (problem[0] == null) {
        warning.accept("access logs are not taken by " + to.cluster() + ": " + failure);
      }
    }
    problem[0] = failure;
  }

  private byte[] request(Remote to, List<ByteString> records) {
    ByteString request =
        to instanceof Als als
            ? AlsEntry.stream(origin.nodeId, origin.service, als.logName(), records)
            : OtlpRecord.request(origin.resource, (AccessLogPolicy.Otlp) to, records);
    return request.toByteArray();
  }

  /** Waits, a few seconds at most, until what is waiting is sent. */
  public void flush() {
    Thread thread = sender;
    CountDownLatch flushed = new CountDownLatch(1);
    if (thread == null || !thread.isAlive()) {
      return;
    }
    try {
      long end = System.nanoTime() + FLUSH.toNanos();
      if (entries.offer(
          new Entry(null, ByteString.EMPTY, flushed), FLUSH.toMillis(), TimeUnit.MILLISECONDS)) {
        boolean unused = flushed.await(end - System.nanoTime(), TimeUnit.NANOSECONDS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** As {@link #flush}; from then on nothing waits for others. */
  public void drain() {
    hurried = true;
    flush();
  }

  /** Sends what is waiting, for a moment at most, and no more. */
  @Override
  public void close() {
    flush();
    Thread thread = sender;
    if (thread != null) {
      thread.interrupt();
    }
  }
}
