package dev.weft.engine.outbound;

import dev.weft.engine.HeaderEdits;
import dev.weft.engine.HeaderSource;
import dev.weft.engine.PeerMetadata;
import dev.weft.engine.model.ConnectionOptions;
import dev.weft.engine.model.Endpoint;
import dev.weft.engine.spi.MeshTls;
import dev.weft.engine.spi.UpstreamTls;
import java.net.Socket;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * One sending of a request to one endpoint. The carrier reports what happens to it, each event at
 * most once, from any thread; what is reported after the call was decided is ignored, save for
 * {@link #completed} and {@link #failed}, which end its accounting.
 */
public interface Attempt {

  /** Where to send it: connect to this address, whatever name the application used. */
  Endpoint endpoint();

  /** How to secure the connection; null: plaintext. */
  @Nullable UpstreamTls tls();

  /**
   * Identifies connections that may serve this attempt: equal for the same endpoint, TLS identity
   * and nothing else. To be part of the library's pool key; {@code toString} is unique as well.
   */
  ConnectionKey connectionKey();

  /**
   * Edits to the request's headers: the route's, the trace context of this attempt's span and, over
   * mutual TLS, {@link PeerMetadata}.
   */
  default HeaderEdits requestHeaders() {
    return requestHeaders(false);
  }

  /**
   * @param callerKnown without {@link PeerMetadata} of anybody's, for a connection that {@link
   *     MeshTls#remembersCaller(Socket)} and over which it was sent before
   */
  HeaderEdits requestHeaders(boolean callerKnown);

  /**
   * What to ask for: path and query for the request line or {@code :path}.
   *
   * @return null: what the application asked for
   */
  default @Nullable String path() {
    return null;
  }

  /**
   * What the Host header or {@code :authority} is to be.
   *
   * @return null: what the application has
   */
  default @Nullable String authority() {
    return null;
  }

  /** Counts from 1. */
  int number();

  /** How long the connection may take to be made (Envoy's Cluster.connect_timeout). */
  default Duration connectTimeout() {
    return Duration.ofSeconds(10);
  }

  /** How the connection that it goes over is made, and how long it may be used. */
  default ConnectionOptions connectionOptions() {
    return ConnectionOptions.NONE;
  }

  /**
   * Registers how to stop it. Runs at most once, on any thread, at once if it is already due: when
   * the attempt's time is up, another attempt won, its response is not wanted, or the call was
   * cancelled. A hook registered later takes the place of one before. It must not block: it may run
   * on the thread that all timeouts share. The carrier then closes or drains what it holds;
   * reporting the failure that follows does no harm.
   */
  void onAbort(Runnable abort);

  /** The final response's head is here (never an informational one). */
  void responded(int status, HeaderSource headers);

  /**
   * Who else wants the body of a response that the application gets. To be asked for once the call
   * is decided.
   *
   * @return null: nobody
   */
  default @Nullable ResponseRecorder recorder() {
    return null;
  }

  /** The response's trailers are here. */
  void trailers(HeaderSource trailers);

  /** The response was received whole; or its rest is not wanted by the application. */
  void completed();

  /** It came to nothing, before or after the response's head. */
  void failed(Failure kind, Throwable cause);

  /** How an attempt can fail, as far as retry conditions tell failures apart. */
  enum Failure {
    /**
     * No connection, no TLS session: nothing of the request was processed. Envoy: connect-failure.
     * Retried even if the body can't be replayed, so not to be told once such a body was read from:
     * in TLS 1.3 a server may refuse our certificate when the request is already on its way.
     */
    CONNECT,
    /**
     * A kept connection turned out dead before anything of a response came, under a request that
     * can be sent twice: its method is idempotent (RFC 9110 §9.2.2) and its body can be replayed.
     * Envoy's pool mostly notices before it sends, so this is retried as CONNECT is.
     */
    STALE,
    /** The connection broke, or the stream was reset, after the request may have been sent. */
    RESET,
    /**
     * The peer said that it did not process the stream (h2 REFUSED_STREAM, GOAWAY above last id).
     */
    REFUSED_STREAM,
    /** Ended by its {@link #onAbort} hook, or by the application's own timeout or cancellation. */
    ABORTED
  }
}
