package dev.weft.engine.inbound;

import java.io.Closeable;
import java.net.InetSocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The sockets that this process listens on. A module that can guard a server's socket says so with
 * {@link #guard}; every other listening socket is unguarded, and under STRICT its connections are
 * closed as they are accepted.
 *
 * <p>A socket is known by the address that it is bound to, wildcards included, for several may
 * share a port and each needs a guard of its own.
 */
public interface ListeningPorts {

  /**
   * A socket began to listen.
   *
   * @param by the class that listens, for people to read
   */
  void opened(InetSocketAddress local, String by);

  /**
   * A server that the calling module knows is about to bind on this thread. Callers aren't told of
   * what is opened until {@link #endBinding}, before {@link #serving}: a connection from them would
   * find the guard missing, or wait for an application that isn't there yet.
   */
  void beginBinding();

  /** The server has bound, or failed to. */
  void endBinding();

  /**
   * Connections to this socket, bound by a server that a module knows, are accepted from now on.
   */
  void serving(InetSocketAddress local);

  /** A socket stopped listening. */
  void closed(InetSocketAddress local);

  /**
   * The calling module looks at the first bytes of each connection to this socket and obeys {@link
   * #mode} from now on. May come before or after {@link #opened}.
   *
   * @param by the module's name
   */
  void guard(InetSocketAddress local, String by);

  /** What the port accepts now. Read once for each connection. */
  MutualTlsMode mode(int port);

  /**
   * Whether a connection just accepted on this socket must be closed at once, for want of a guard.
   */
  boolean refusesUnguarded(InetSocketAddress local);

  boolean isGuarded(InetSocketAddress local);

  /**
   * A connection to this port was or is about to be let in though its peer has proved nothing. It
   * is ended if the port turns STRICT, and until then held weakly.
   *
   * <p>To be called before the last look at the mode, so that no change of it is missed.
   */
  void admitted(int port, Closeable connection);

  /** In the order in which they were opened; those that nobody reported come last. */
  List<ListeningPort> all();

  /**
   * @param guardedBy the guarding module; null: at least one socket of the port is unguarded
   * @param by the listening class, of an unguarded socket if there is one; empty if the socket
   *     itself was not seen
   * @param serving whether connections are accepted, as far as can be known; callers are told of no
   *     other port
   */
  record ListeningPort(int port, @Nullable String guardedBy, String by, boolean serving) {}
}
