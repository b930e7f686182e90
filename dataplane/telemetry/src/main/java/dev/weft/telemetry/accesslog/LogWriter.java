package dev.weft.telemetry.accesslog;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Writes the lines of all logs, on one thread, which begins with the first. If it falls behind,
 * lines are lost and counted, and no request waits.
 */
public final class LogWriter implements AutoCloseable {

  private static final int LINES_WAITING = 4_096;
  private static final long FLUSH_MILLIS = 1_000;

  private final Function<String, LogFile> opener;
  private final Consumer<String> warning;
  private final Map<String, LogFile> files = new HashMap<>();
  private final BlockingQueue<Line> lines = new ArrayBlockingQueue<>(LINES_WAITING);
  private final AtomicLong lost = new AtomicLong();
  private volatile @Nullable Thread writer;

  /**
   * @param written told that it was, and all before it; null if nobody waits
   */
  private record Line(String path, String text, @Nullable CountDownLatch written) {}

  /**
   * @param warning told of a file that can't be written, once until it can be again
   */
  public LogWriter(Consumer<String> warning) {
    this(LogFile::at, warning);
  }

  LogWriter(Function<String, LogFile> opener, Consumer<String> warning) {
    this.opener = opener;
    this.warning = warning;
  }

  /** Writes to a stream whatever the path; for tests. */
  public static LogWriter to(java.io.OutputStream out) {
    return new LogWriter(path -> LogFile.to(out), problem -> {});
  }

  void write(String path, String text) {
    if (!lines.offer(new Line(path, text, null))) {
      lost.incrementAndGet();
    }
    if (writer == null) {
      startWriter();
    }
  }

  /** Lines that were not written. */
  public long lost() {
    return lost.get();
  }

  private synchronized void startWriter() {
    if (writer == null) {
      Thread thread = new Thread(null, this::write, "weft-access-log", 0, false);
      thread.setDaemon(true);
      thread.setContextClassLoader(LogWriter.class.getClassLoader());
      writer = thread;
      thread.start();
    }
  }

  private void write() {
    Map<String, String> problems = new HashMap<>();
    try {
      while (true) {
        Line line = lines.take();
        if (!line.text.isEmpty()) {
          write(line, problems);
        }
        CountDownLatch written = line.written;
        if (written != null) {
          written.countDown();
        }
      }
    } catch (InterruptedException e) {
      files.values().forEach(LogFile::close);
      Thread.currentThread().interrupt();
    }
  }

  private void write(Line line, Map<String, String> problems) {
    try {
      LogFile file = files.computeIfAbsent(line.path, opener);
      try {
        file.write(line.text.getBytes(StandardCharsets.UTF_8));
        problems.remove(line.path);
      } catch (IOException e) {
        file.close();
        lost(line, e, problems);
      }
    } catch (RuntimeException e) {
      // No path at all.
      lost(line, e, problems);
    }
  }

  private void lost(Line line, Exception why, Map<String, String> problems) {
    lost.incrementAndGet();
    if (problems.put(line.path, line.path) == null) {
      warning.accept("the access log " + line.path + " can't be written: " + why.getMessage());
    }
  }

  /** Waits, for a moment at most, until what is waiting is written. */
  public void flush() {
    Thread thread = writer;
    CountDownLatch written = new CountDownLatch(1);
    if (thread != null && thread.isAlive() && lines.offer(new Line("", "", written))) {
      try {
        boolean unused = written.await(FLUSH_MILLIS, TimeUnit.MILLISECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Writes what is waiting, for a moment at most, and no more. */
  @Override
  public void close() {
    flush();
    Thread thread = writer;
    if (thread != null) {
      thread.interrupt();
    }
  }
}
