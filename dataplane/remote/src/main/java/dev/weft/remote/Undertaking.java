package dev.weft.remote;

import dev.weft.engine.outbound.ConnectionKey;
import dev.weft.engine.spi.Timer;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Something done over a socket. It ends once; the socket that it uses then ends with it. */
final class Undertaking<T> {

  private final ConnectionKey to;
  private final CompletableFuture<T> outcome = new CompletableFuture<>();
  private @Nullable Runnable stopClock;
  private @Nullable Socket socket;
  private boolean over;

  Undertaking(ConnectionKey to) {
    this.to = to;
  }

  ConnectionKey to() {
    return to;
  }

  CompletionStage<T> outcome() {
    return outcome;
  }

  /**
   * @param late runs first
   */
  synchronized void within(Duration timeout, Timer timer, Runnable late) {
    String words = "no answer from " + to + " within " + timeout.toMillis() + " ms";
    stopClock =
        timer.schedule(
            timeout.toNanos(),
            () -> {
              late.run();
              failed(new SocketTimeoutException(words));
            });
  }

  synchronized boolean isOver() {
    return over;
  }

  /** From now on, if this ends before {@link #released}, so does the socket. */
  void uses(Socket tcp) {
    synchronized (this) {
      socket = tcp;
      if (!over) {
        return;
      }
    }
    close(tcp);
  }

  /** The socket has done its part and may serve others, if this is still true. */
  synchronized boolean released() {
    socket = null;
    return !over;
  }

  void succeeded(T result) {
    if (end()) {
      OwnThreads.asOthers(() -> outcome.complete(result));
    }
  }

  void failed(Throwable reason) {
    if (end()) {
      OwnThreads.asOthers(() -> outcome.completeExceptionally(reason));
    }
  }

  private boolean end() {
    Socket used;
    Runnable clock;
    synchronized (this) {
      if (over) {
        return false;
      }
      over = true;
      used = socket;
      socket = null;
      clock = stopClock;
    }
    if (clock != null) {
      clock.run();
    }
    if (used != null) {
      close(used);
    }
    return true;
  }

  private static void close(Socket tcp) {
    try {
      tcp.close();
    } catch (IOException e) {
      // Closed it is.
    }
  }
}
