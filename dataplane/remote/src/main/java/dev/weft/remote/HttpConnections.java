package dev.weft.remote;

import dev.weft.engine.outbound.ConnectionKey;
import dev.weft.engine.spi.AsyncClient.Response;
import dev.weft.engine.spi.Timer;
import java.io.IOException;
import java.net.Socket;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Carries out exchanges, each on a thread for as long as it lasts, and keeps connections for the
 * next. One destination that is slow holds up others only when all threads are taken: it has a
 * share of its own.
 */
final class HttpConnections implements AutoCloseable {

  private static final int MOST_AT_ONCE = 64;
  private static final int MOST_AT_ONCE_EACH = 8;
  private static final int MOST_WAITING_EACH = 128;
  private static final int MOST_READY = 1024;

  /** Less than servers keep connections for. */
  static final long IDLE_NANOS = 10_000_000_000L;

  /** A connection not used for longer is looked at before it is. */
  private static final long FRESH_NANOS = 250_000_000L;

  private static final class Destination {
    final Deque<HttpExchange> waiting = new ArrayDeque<>();
    final Deque<Kept> kept = new ArrayDeque<>();
    int active;

    boolean isUnused() {
      return active == 0 && kept.isEmpty();
    }
  }

  private record Kept(HttpConnection connection, long since) {}

  private final Dialer dialer;
  private final OwnThreads threads;
  private final Timer timer;
  private final int maxBytes;

  // Guarded by this.
  private final Map<ConnectionKey, Destination> destinations = new HashMap<>();
  private final Set<HttpExchange> admitted = new HashSet<>();
  private final Deque<HttpExchange> ready = new ArrayDeque<>();
  private int running;
  private boolean sweeping;
  private boolean closed;

  /**
   * @param maxBytes what a response's body may have
   */
  HttpConnections(Dialer dialer, OwnThreads threads, Timer timer, int maxBytes) {
    this.dialer = dialer;
    this.threads = threads;
    this.timer = timer;
    this.maxBytes = maxBytes;
  }

  void submit(HttpExchange exchange) {
    String refusal = admit(exchange);
    if (refusal != null) {
      exchange.undertaking.failed(new IOException(refusal));
    }
  }

  /** Gives up the place of an exchange that came to its end while it waited. */
  synchronized void forget(HttpExchange exchange) {
    Destination destination = destinations.get(exchange.to());
    if (destination != null && destination.waiting.remove(exchange)) {
      admitted.remove(exchange);
    }
  }

  /** Why not; null if it is. */
  private synchronized @Nullable String admit(HttpExchange exchange) {
    if (closed) {
      return "this workload has ended";
    }
    Destination destination = destination(exchange.to());
    if (destination.active == MOST_AT_ONCE_EACH) {
      if (destination.waiting.size() == MOST_WAITING_EACH) {
        return "too many requests wait for " + exchange.to();
      }
      destination.waiting.add(exchange);
    } else if (running < MOST_AT_ONCE) {
      try {
        threads.execute(() -> work(exchange));
      } catch (RuntimeException | OutOfMemoryError e) {
        // There are as many threads as there may be; whoever asks must not suffer for that.
        forgetUnused(exchange.to());
        return "no thread to be had: " + e.getMessage();
      }
      destination.active++;
      running++;
    } else if (ready.size() < MOST_READY) {
      destination.active++;
      ready.add(exchange);
    } else {
      forgetUnused(exchange.to());
      return "too many requests are under way";
    }
    admitted.add(exchange);
    return null;
  }

  private Destination destination(ConnectionKey key) {
    return destinations.computeIfAbsent(key, unknown -> new Destination());
  }

  private void forgetUnused(ConnectionKey key) {
    if (destination(key).isUnused()) {
      destinations.remove(key);
    }
  }

  private void work(HttpExchange first) {
    for (HttpExchange next = first; next != null; next = after(next)) {
      carryOut(next);
    }
  }

  private synchronized @Nullable HttpExchange after(HttpExchange done) {
    admitted.remove(done);
    Destination destination = destination(done.to());
    HttpExchange successor = destination.waiting.poll();
    if (successor == null) {
      destination.active--;
      forgetUnused(done.to());
    } else {
      ready.add(successor);
    }
    HttpExchange next = ready.poll();
    if (next == null) {
      running--;
    }
    return next;
  }

  private void carryOut(HttpExchange exchange) {
    if (exchange.undertaking.isOver()) {
      return;
    }
    HttpConnection connection = null;
    try {
      connection = connection(exchange);
      Response response = connection.exchange(exchange.request, maxBytes);
      if (exchange.undertaking.released()
          && connection.isReusable()
          && keep(exchange.to(), connection)) {
        connection = null;
      }
      exchange.undertaking.succeeded(response);
    } catch (IOException | RuntimeException | Error e) {
      // Whatever it was: this thread has a place among the destination's to give back.
      exchange.undertaking.failed(e);
    } finally {
      if (connection != null) {
        connection.abort();
      }
    }
  }

  private HttpConnection connection(HttpExchange exchange) throws IOException {
    for (Kept kept = take(exchange.to()); kept != null; kept = take(exchange.to())) {
      boolean fresh = timer.nanoTime() - kept.since() < FRESH_NANOS;
      if (fresh || !kept.connection().isStale()) {
        exchange.undertaking.uses(kept.connection().tcp());
        return kept.connection();
      }
      kept.connection().close();
    }
    Socket[] tcp = new Socket[1];
    Socket socket =
        dialer.dial(
            exchange.to(),
            Dialer.HTTP_1_1,
            begun -> {
              tcp[0] = begun;
              exchange.undertaking.uses(begun);
            });
    return new HttpConnection(tcp[0], socket);
  }

  /** The one used last: the others may rest, and go. */
  private synchronized @Nullable Kept take(ConnectionKey key) {
    return destination(key).kept.pollLast();
  }

  private synchronized boolean keep(ConnectionKey key, HttpConnection connection) {
    if (closed) {
      return false;
    }
    destination(key).kept.add(new Kept(connection, timer.nanoTime()));
    sweepLater(IDLE_NANOS);
    return true;
  }

  private void sweepLater(long nanos) {
    if (!sweeping) {
      sweeping = true;
      timer.schedule(nanos, () -> threads.execute(this::sweep));
    }
  }

  private void sweep() {
    takeIdle().forEach(HttpConnection::close);
  }

  private synchronized List<HttpConnection> takeIdle() {
    sweeping = false;
    long now = timer.nanoTime();
    long longest = -1;
    List<HttpConnection> idle = new ArrayList<>();
    for (Iterator<Destination> all = destinations.values().iterator(); all.hasNext(); ) {
      Destination destination = all.next();
      Deque<Kept> kept = destination.kept;
      while (!kept.isEmpty() && now - kept.getFirst().since() >= IDLE_NANOS) {
        idle.add(kept.removeFirst().connection());
      }
      if (!kept.isEmpty()) {
        longest = Math.max(longest, now - kept.getFirst().since());
      } else if (destination.isUnused()) {
        all.remove();
      }
    }
    if (longest >= 0) {
      sweepLater(IDLE_NANOS - longest);
    }
    return idle;
  }

  /** Ends all that is under way. */
  @Override
  public void close() {
    List<HttpExchange> ended;
    List<HttpConnection> kept = new ArrayList<>();
    synchronized (this) {
      closed = true;
      ended = List.copyOf(admitted);
      for (Destination destination : destinations.values()) {
        destination.kept.forEach(idle -> kept.add(idle.connection()));
        destination.kept.clear();
      }
    }
    ended.forEach(
        exchange -> exchange.undertaking.failed(new IOException("this workload has ended")));
    kept.forEach(HttpConnection::abort);
  }
}
