package dev.weft.telemetry;

import dev.weft.engine.ResponseFlag;
import dev.weft.engine.inbound.InboundRequest;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A line for each inbound request, much like Envoy's default format:
 *
 * <pre>
 * [TIME] "GET /items HTTP/1.1" 403 - rbac_access_denied_matched_policy[NAME] 2ms "PEER"
 *     "USER-AGENT" "REQUEST-ID" "AUTHORITY" 10.0.0.7:41204
 * </pre>
 *
 * <p>{@code WEFT_ACCESS_LOG} says for which and where: {@code stdout} or a file's path for every
 * request; unset for those that a policy refused, to the standard output. Lines are written by a
 * thread of their own; if it falls behind, lines are lost and counted, and no request waits.
 */
final class AccessLog implements AutoCloseable {

  private static final int LINES_WAITING = 4_096;
  private static final long FLUSH_MILLIS = 1_000;

  private final boolean everything;
  private final OutputStream out;
  private final BlockingQueue<Line> lines = new ArrayBlockingQueue<>(LINES_WAITING);
  private final AtomicLong lost = new AtomicLong();
  private volatile @Nullable Thread writer;

  AccessLog(boolean everything, OutputStream out) {
    this.everything = everything;
    this.out = out;
  }

  static AccessLog create(@Nullable String where, Consumer<String> warning) {
    // Not System.out, which applications replace by their own logging.
    OutputStream stdout = new FileOutputStream(FileDescriptor.out);
    if (where == null || where.isBlank()) {
      return new AccessLog(false, stdout);
    }
    if (!where.equals("stdout")) {
      try {
        return new AccessLog(true, new FileOutputStream(where, true));
      } catch (IOException e) {
        warning.accept("WEFT_ACCESS_LOG=" + where + ": " + e.getMessage() + "; using stdout");
      }
    }
    return new AccessLog(true, stdout);
  }

  /** What a line will need of the request; no more than that. */
  Entry entry(InboundRequest request) {
    return new Entry(
        request.method(),
        request.path(),
        request.protocol(),
        request.authority(),
        request.peerId(),
        request.remoteAddress(),
        everything ? request.header("user-agent") : null,
        everything ? request.header("x-request-id") : null);
  }

  void log(
      Entry entry,
      int status,
      ResponseFlag flag,
      @Nullable String policy,
      @Nullable Throwable failure,
      long durationNanos) {
    if (!everything && policy == null) {
      return;
    }
    if (!lines.offer(new Line(line(entry, status, flag, policy, failure, durationNanos), null))) {
      lost.incrementAndGet();
    }
    if (writer == null) {
      startWriter();
    }
  }

  private static String line(
      Entry entry,
      int status,
      ResponseFlag flag,
      @Nullable String policy,
      @Nullable Throwable failure,
      long durationNanos) {
    StringBuilder line = new StringBuilder(256);
    line.append('[').append(Instant.now().truncatedTo(ChronoUnit.MILLIS)).append("] \"");
    escape(line, entry.method).append(' ');
    escape(line, entry.path).append(' ').append(entry.protocol).append("\" ");
    line.append(status).append(' ').append(flag.code()).append(' ');
    if (policy != null) {
      line.append("rbac_access_denied_matched_policy[");
      escape(line, policy).append(']');
    } else if (failure != null) {
      line.append("downstream_remote_disconnect");
    } else {
      line.append("via_upstream");
    }
    line.append(' ').append(TimeUnit.NANOSECONDS.toMillis(durationNanos)).append("ms ");
    quoted(line, entry.peerId);
    quoted(line, entry.userAgent);
    quoted(line, entry.requestId);
    quoted(line, entry.authority);
    return line.append(entry.remoteAddress.toString().replace("/", "")).append('\n').toString();
  }

  private static void quoted(StringBuilder line, @Nullable String value) {
    line.append('"');
    escape(line, value == null ? "-" : value).append("\" ");
  }

  /** So that what a caller sends can't pass for a line of ours. */
  private static StringBuilder escape(StringBuilder line, String value) {
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c < ' ' || c == '"' || c == '\\' || (c >= 0x7f && c < 0xa0)) {
        line.append(String.format("\\x%02x", (int) c));
      } else {
        line.append(c);
      }
    }
    return line;
  }

  /** Lines that were not written. */
  long lost() {
    return lost.get();
  }

  private synchronized void startWriter() {
    if (writer == null) {
      Thread thread = new Thread(null, this::write, "weft-access-log", 0, false);
      thread.setDaemon(true);
      thread.setContextClassLoader(AccessLog.class.getClassLoader());
      writer = thread;
      thread.start();
    }
  }

  private void write() {
    try {
      while (true) {
        Line line = lines.take();
        out.write(line.text.getBytes(StandardCharsets.UTF_8));
        CountDownLatch written = line.written;
        if (written != null) {
          written.countDown();
        }
      }
    } catch (IOException e) {
      lost.addAndGet(1 + lines.size());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Waits, for a moment at most, until what is waiting is written. */
  void flush() {
    Thread thread = writer;
    CountDownLatch written = new CountDownLatch(1);
    if (thread != null && thread.isAlive() && lines.offer(new Line("", written))) {
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

  /**
   * @param written told that it was, and all before it; null if nobody waits
   */
  private record Line(String text, @Nullable CountDownLatch written) {}

  /** What is remembered of a request until its line is written. */
  record Entry(
      String method,
      String path,
      String protocol,
      String authority,
      @Nullable String peerId,
      InetSocketAddress remoteAddress,
      @Nullable String userAgent,
      @Nullable String requestId) {}
}
