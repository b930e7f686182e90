package dev.weft.workload.admin;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * Serves a handful of small pages over HTTP/1.1, one request for a connection, a few connections at
 * a time, each for a few seconds at most: enough for a kubelet, a scraper and a person with curl,
 * whoever else comes.
 */
public final class AdminServer implements AutoCloseable {

  /** After a failure, so that one which lasts doesn't keep a thread busy. */
  private static final long PAUSE_NANOS = 10_000_000;

  static final int THREADS = 4;

  private static final Duration DEADLINE = Duration.ofSeconds(5);
  private static final int MAX_HEAD = 16 * 1024;
  private static final int BUFFER = 16 * 1024;

  private static final Pattern GZIP = Pattern.compile("gzip(;q=(1.*|0\\.0*[1-9].*))?");

  private final ServerSocket socket;
  private final Map<String, Function<String, Page>> pages;
  private final Duration deadline;
  private final ScheduledThreadPoolExecutor deadlines;

  private AdminServer(
      ServerSocket socket, Map<String, Function<String, Page>> pages, Duration deadline) {
    this.socket = socket;
    this.pages = Map.copyOf(pages);
    this.deadline = deadline;
    deadlines = new ScheduledThreadPoolExecutor(1, task -> daemon(task, "deadlines"));
    deadlines.setRemoveOnCancelPolicy(true);
  }

  /**
   * Starts to serve on daemon threads.
   *
   * @param address null: all of the machine's
   * @param port taken by somebody else: any free one
   * @param pages by path; each is given the query, empty if there is none. Paths of {@code POST}
   *     pages begin with "POST "
   */
  public static AdminServer start(
      @Nullable InetAddress address, int port, Map<String, Function<String, Page>> pages)
      throws IOException {
    return start(address, port, pages, DEADLINE);
  }

  /**
   * @param deadline for one connection, from accepting to closing it
   */
  static AdminServer start(
      @Nullable InetAddress address,
      int port,
      Map<String, Function<String, Page>> pages,
      Duration deadline)
      throws IOException {
    ServerSocket socket = new ServerSocket();
    try {
      socket.bind(new InetSocketAddress(address, port), 16);
    } catch (IOException taken) {
      socket.close();
      socket = new ServerSocket();
      socket.bind(new InetSocketAddress(address, 0), 16);
    }
    AdminServer server = new AdminServer(socket, pages, deadline);
    for (int i = 0; i < THREADS; i++) {
      server.daemon(server::serve, "server-" + i).start();
    }
    return server;
  }

  private Thread daemon(Runnable task, String purpose) {
    Thread thread = new Thread(task, "weft-admin-" + port() + "-" + purpose);
    thread.setDaemon(true);
    return thread;
  }

  /** Where it listens. */
  public InetSocketAddress address() {
    return (InetSocketAddress) socket.getLocalSocketAddress();
  }

  public int port() {
    return socket.getLocalPort();
  }

  @Override
  public void close() {
    close(socket);
    deadlines.shutdown();
  }

  private void serve() {
    while (!socket.isClosed()) {
      try (Socket connection = socket.accept()) {
        // A timeout of the socket's would cover one read only, and no write.
        ScheduledFuture<?> end =
            deadlines.schedule(() -> close(connection), deadline.toMillis(), MILLISECONDS);
        try {
          answer(connection);
        } finally {
          end.cancel(false);
        }
      } catch (Throwable e) {
        // A visitor that went away or took too long; close(), as the loop's condition tells; or the
        // application is out of memory or files, which the next visitor may find otherwise.
        LockSupport.parkNanos(PAUSE_NANOS);
      }
    }
  }

  private static void close(Closeable socket) {
    try {
      socket.close();
    } catch (IOException e) {
      // It is gone either way.
    }
  }

  private void answer(Socket connection) throws IOException {
    String asked = head(connection.getInputStream());
    String request = asked.substring(0, asked.indexOf("\n")).strip();
    Page page = page(request);
    // HTTP/1.0 has no chunks; there a body ends with its connection.
    boolean chunked = !request.endsWith(" HTTP/1.0");
    boolean zipped = chunked && page.repetitive() && takesGzip(asked);
    String head =
        "HTTP/1.1 "
            + page.status()
            + (page.status() == 200 ? " OK" : " -")
            + "\r\ncontent-type: "
            + page.contentType()
            + (zipped ? "\r\ncontent-encoding: gzip" : "")
            + (chunked ? "\r\ntransfer-encoding: chunked" : "")
            + "\r\nconnection: close\r\n\r\n";
    OutputStream out = new BufferedOutputStream(connection.getOutputStream(), BUFFER);
    out.write(head.getBytes(StandardCharsets.ISO_8859_1));
    if (chunked) {
      Chunks chunks = new Chunks(out);
      OutputStream body = new BufferedOutputStream(chunks, BUFFER);
      if (zipped) {
        zip(page, body);
      } else {
        page.body().writeTo(body);
      }
      body.flush();
      chunks.end();
    } else {
      page.body().writeTo(out);
    }
    out.flush();
  }

  private static void zip(Page page, OutputStream body) throws IOException {
    Quick zip = new Quick(body);
    try {
      page.body().writeTo(zip);
      zip.finish();
    } finally {
      zip.release();
    }
  }

  /** Metrics are some hundred times the same: to look for more takes longer than to send it. */
  private static final class Quick extends GZIPOutputStream {

    Quick(OutputStream out) throws IOException {
      super(out, BUFFER);
      def.setLevel(Deflater.BEST_SPEED);
    }

    /** Its memory isn't the heap's, and would be given back at some collection or other. */
    void release() {
      def.end();
    }
  }

  /** {@code Accept-Encoding}, as scrapers send it: gzip, without a weight or with one above 0. */
  private static boolean takesGzip(String head) {
    return head.toLowerCase(Locale.ROOT)
        .lines()
        .filter(line -> line.startsWith("accept-encoding:"))
        .flatMap(line -> Arrays.stream(line.substring(line.indexOf(':') + 1).split(",")))
        .map(coding -> coding.replace(" ", ""))
        .anyMatch(coding -> GZIP.matcher(coding).matches());
  }

  private Page page(String requestLine) {
    String[] words = requestLine.split(" ");
    if (words.length != 3) {
      return Page.text(400, "not an HTTP request\n");
    }
    int question = words[1].indexOf('?');
    String path = question < 0 ? words[1] : words[1].substring(0, question);
    String query = question < 0 ? "" : words[1].substring(question + 1);
    Function<String, Page> page = pages.get(words[0].equals("GET") ? path : words[0] + " " + path);
    if (page == null) {
      return Page.text(
          404, "pages: " + String.join(", ", pages.keySet().stream().sorted().toList()) + "\n");
    }
    try {
      return page.apply(query);
    } catch (RuntimeException | Error e) {
      return Page.text(500, e + "\n");
    }
  }

  /** Reads the whole head, without carriage returns. */
  private static String head(InputStream stream) throws IOException {
    InputStream in = new BufferedInputStream(stream);
    StringBuilder head = new StringBuilder();
    for (int lineEnds = 0; lineEnds < 2; ) {
      int c = in.read();
      if (c < 0 || head.length() == MAX_HEAD) {
        throw new IOException("request head cut short or too long");
      }
      if (c == '\n') {
        lineEnds++;
      } else if (c != '\r') {
        lineEnds = 0;
      }
      if (c != '\r') {
        head.append((char) c);
      }
    }
    return head.toString();
  }
}
