package dev.weft.remote;

import dev.weft.engine.outbound.ConnectionKey;
import dev.weft.engine.spi.AsyncClient.Request;
import dev.weft.engine.spi.AsyncClient.Response;
import dev.weft.engine.spi.Timer;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** One request and what becomes of it. It ends once; the socket that it uses ends with it. */
final class HttpExchange {

  private final ConnectionKey to;
  private final Request request;
  private final CompletableFuture<Response> answer = new CompletableFuture<>();
  private @Nullable Runnable stopClock;
  private @Nullable Socket socket;
  private boolean over;

  HttpExchange(ConnectionKey to, Request request) {
    this.to = to;
    this.request = request;
  }

  ConnectionKey to() {
    return to;
  }

  Request request() {
    return request;
  }

  CompletionStage<Response> answer() {
    return answer;
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

  /** The connection has done its part and may serve others, if this is still true. */
  synchronized boolean released() {
    socket = null;
    return !over;
  }

  void answered(Response response) {
    if (end()) {
      OwnThreads.asOthers(() -> answer.complete(response));
    }
  }

  void failed(Throwable reason) {
    if (end()) {
      OwnThreads.asOthers(() -> answer.completeExceptionally(reason));
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
