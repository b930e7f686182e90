package dev.weft.instrumentation.httpurlconnection;

import dev.weft.engine.HeaderSource;
import dev.weft.engine.outbound.Attempt;
import dev.weft.engine.outbound.Attempt.Failure;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * An attempt under way, and the socket that carries it. Refers to nothing of the JDK's HTTP client.
 */
final class Sending {

  private final Attempt attempt;
  private final AtomicBoolean ended = new AtomicBoolean();
  private volatile @Nullable Socket socket;
  private volatile boolean responded;
  private volatile boolean aborted;

  Sending(Attempt attempt) {
    this.attempt = attempt;
    attempt.onAbort(this::abort);
  }

  Attempt attempt() {
    return attempt;
  }

  /** Must be called before the socket is used for anything that can block. */
  void carriedBy(Socket carrier) throws IOException {
    socket = carrier;
    if (aborted) {
      carrier.close();
      throw new SocketException("aborted by the mesh");
    }
  }

  private void abort() {
    aborted = true;
    Socket carrier = socket;
    if (carrier != null) {
      try {
        carrier.close();
      } catch (IOException e) {
        // Closed is all that it has to be.
      }
    }
  }

  void responded(int status, HeaderSource headers) {
    responded = true;
    attempt.responded(status, headers);
  }

  /** Of no effect before there was a response: the JDK closes a connection that fails, too. */
  void completed() {
    if (responded && ended.compareAndSet(false, true)) {
      attempt.completed();
    }
  }

  void failed(Failure kind, Throwable cause) {
    if (ended.compareAndSet(false, true)) {
      attempt.failed(aborted ? Failure.ABORTED : kind, cause);
    }
  }
}
