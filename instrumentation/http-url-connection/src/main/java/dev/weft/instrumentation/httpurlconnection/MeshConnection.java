package dev.weft.instrumentation.httpurlconnection;

import dev.weft.engine.Attachments;
import dev.weft.engine.HeaderEdits;
import dev.weft.engine.model.ConnectionOptions;
import dev.weft.engine.outbound.Attempt;
import dev.weft.engine.outbound.ConnectionKey;
import java.io.IOException;
import java.net.Socket;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import sun.net.www.http.HttpClient;

/**
 * What a client's connection is for Weft: where it leads, for good, and the sending that it carries
 * at present. Attached to the client, so must not refer to it.
 */
final class MeshConnection {

  private static final Attachments<HttpClient, MeshConnection> CONNECTIONS = new Attachments<>();

  private final ConnectionKey key;
  private final Socket socket;
  private final AtomicReference<@Nullable Sending> carried = new AtomicReference<>();

  // Written and read by who has the client, which is one thread at a time.

  /** The server need not be told more than once who calls. */
  private boolean remembersCaller;

  private boolean knowsCaller;

  private final long madeNanos = System.nanoTime();
  private int requests = 1;
  private long idleSinceNanos;
  private final ConnectionOptions options;

  private MeshConnection(ConnectionKey key, Socket socket, ConnectionOptions options) {
    this.key = key;
    this.socket = socket;
    this.options = options;
  }

  /**
   * The client has a new connection; it replaces the one that the client had before.
   *
   * @param socket the one below TLS: closing a TLS socket waits for who writes to it
   */
  static MeshConnection opened(HttpClient client, Socket socket, Sending sending) {
    Attempt attempt = sending.attempt();
    MeshConnection connection =
        new MeshConnection(attempt.connectionKey(), socket, attempt.connectionOptions());
    connection.carried.set(sending);
    CONNECTIONS.put(client, connection);
    return connection;
  }

  /** A handshake has ended, with a server that remembers who calls, or not. */
  void secured(boolean remembersCaller) {
    this.remembersCaller = remembersCaller;
  }

  /** The edits to the head that is about to be written. */
  HeaderEdits requestHeaders(Attempt attempt) {
    HeaderEdits edits = attempt.requestHeaders(knowsCaller);
    knowsCaller = remembersCaller;
    return edits;
  }

  /** Ends whatever is done with it. */
  void close() throws IOException {
    socket.close();
  }

  /** Null if the client's connection isn't the mesh's. */
  static @Nullable MeshConnection of(HttpClient client) {
    return CONNECTIONS.get(client);
  }

  /** What it may be kept for. */
  ConnectionKey key() {
    return key;
  }

  /** Whether it may be kept, from now on idle. */
  boolean mayBeKept() {
    if (options.equals(ConnectionOptions.NONE)) {
      return true;
    }
    idleSinceNanos = System.nanoTime();
    return !options.areReached(requests, idleSinceNanos - madeNanos);
  }

  /**
   * Whether it can be used once more, and for this: it hasn't been kept for too long, nor was
   * another PROXY header sent ahead.
   */
  boolean serves(Attempt attempt) {
    if (attempt.connectionOptions().proxyProtocol() != options.proxyProtocol()) {
      return false;
    } else if (options.equals(ConnectionOptions.NONE)) {
      return true;
    }
    long now = System.nanoTime();
    return !options.areIdle(now - idleSinceNanos) && !options.areReached(requests, now - madeNanos);
  }

  /**
   * Taken from the cache.
   *
   * @throws IOException the sending was aborted meanwhile
   */
  void carry(Sending sending) throws IOException {
    carried.set(sending);
    requests++;
    sending.overKept();
    sending.carriedBy(this);
  }

  /**
   * Lets go what it carries; unless that steers the current thread, for then the JDK gives up a
   * connection to send again by itself, and the exchange judges how that went.
   */
  void letGo() {
    Steering steering = Steering.current();
    Sending sending = carried.get();
    if (sending != null
        && (steering == null || steering.sending() != sending)
        && carried.compareAndSet(sending, null)) {
      sending.letGo();
    }
  }
}
