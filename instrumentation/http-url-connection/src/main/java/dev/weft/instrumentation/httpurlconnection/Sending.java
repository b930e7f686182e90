package dev.weft.instrumentation.httpurlconnection;

import dev.weft.engine.HeaderSource;
import dev.weft.engine.outbound.Attempt;
import dev.weft.engine.outbound.Attempt.Failure;
import dev.weft.engine.outbound.OutboundCall;
import java.io.IOException;
import java.net.SocketException;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLHandshakeException;
import org.jspecify.annotations.Nullable;
import sun.net.www.MessageHeader;

/**
 * An attempt under way, and the connection that carries it. However it ends, the engine learns of
 * it, and once:
 *
 * <pre>
 *   UNANSWERED ── responded ──→ ANSWERED ── let go ──→ OVER   the attempt completed
 *        ├───────── failed ────────┴───── failed ────→ OVER   the attempt failed
 *        └───────── let go ──────────────────────────→ OVER   the call was cancelled
 * </pre>
 *
 * <p>Refers to no connection of the JDK's.
 */
final class Sending {

  private enum State {
    UNANSWERED,
    ANSWERED,
    OVER
  }

  private final OutboundCall call;
  private final Attempt attempt;
  private final int connectTimeout;
  private final AtomicReference<State> state = new AtomicReference<>(State.UNANSWERED);
  private volatile @Nullable MeshConnection connection;
  private volatile boolean aborted;
  private volatile boolean answered;

  /** Those that the JDK has sent the request over, or begun to make for it. */
  private int connections;

  /** The last of them was in use before. */
  private boolean kept;

  /** The last of them is being made. */
  private boolean opening;

  private @Nullable MessageHeader head;

  /**
   * @param connectTimeout in milliseconds
   */
  Sending(OutboundCall call, Attempt attempt, int connectTimeout) {
    this.call = call;
    this.attempt = attempt;
    this.connectTimeout = connectTimeout;
    attempt.onAbort(this::abort);
  }

  Attempt attempt() {
    return attempt;
  }

  /** How long a connection for it may take to be made, TLS included, in milliseconds. */
  int connectTimeout() {
    return connectTimeout;
  }

  /** The JDK uses a kept connection for it. */
  void overKept() {
    connections++;
    kept = true;
  }

  /** The JDK makes a connection for it; the first, or another because that one broke. */
  void opening() {
    connections++;
    kept = false;
    opening = true;
  }

  /** That one can be written to. */
  void opened() {
    opening = false;
  }

  /**
   * How it failed without an answer, by the JDK's own exception.
   *
   * @param safely whether the request can be sent twice
   */
  Failure kind(IOException failure, boolean safely) {
    // In TLS 1.3 a server refuses a certificate when the handshake has ended for its client.
    boolean unconnected = opening || failure instanceof SSLHandshakeException;
    // The connection before this one broke when the request may have been on it.
    boolean repeated = connections > 1;
    if (unconnected && (safely || !repeated)) {
      return Failure.CONNECT;
    }
    return kept && safely ? Failure.STALE : Failure.RESET;
  }

  /**
   * Must be called before the connection is used for anything that can block.
   *
   * @throws IOException it was aborted; the connection is closed
   */
  void carriedBy(MeshConnection carrier) throws IOException {
    connection = carrier;
    if (aborted) {
      carrier.close();
      requireWanted();
    }
  }

  /**
   * @throws IOException it was aborted
   */
  void requireWanted() throws IOException {
    if (aborted) {
      throw new SocketException("aborted by the mesh");
    }
  }

  private void abort() {
    aborted = true;
    MeshConnection carrier = connection;
    if (carrier != null) {
      try {
        carrier.close();
      } catch (IOException e) {
        // Closed is all that it has to be.
      }
    }
  }

  /**
   * The request's head as the connection that carries it has to have it.
   *
   * @param written the application's
   */
  MessageHeader edited(MessageHeader written) {
    head = written;
    MeshConnection carrier = connection;
    return Heads.edited(
        written,
        attempt,
        carrier == null ? attempt.requestHeaders(false) : carrier.requestHeaders(attempt));
  }

  /** The head again, as another connection has to have it. */
  MessageHeader editedAgain(MessageHeader sent) {
    return head == null ? sent : edited(head);
  }

  void responded(int status, HeaderSource headers) {
    if (state.compareAndSet(State.UNANSWERED, State.ANSWERED)) {
      answered = true;
      attempt.responded(status, headers);
    }
  }

  void failed(Failure kind, Throwable cause) {
    if (over() != State.OVER) {
      attempt.failed(aborted ? Failure.ABORTED : kind, cause);
    }
  }

  /** Nobody wants anything more of it: the response was read, or the application has left. */
  void letGo() {
    State before = over();
    if (before == State.ANSWERED) {
      attempt.completed();
    } else if (before == State.UNANSWERED) {
      call.cancelled();
    }
  }

  /** There was a response, whatever became of it. */
  boolean isAnswered() {
    return answered;
  }

  private State over() {
    return state.getAndSet(State.OVER);
  }
}
