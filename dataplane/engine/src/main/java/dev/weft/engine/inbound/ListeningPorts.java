package dev.weft.engine.inbound;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The sockets that this process listens on. A module that can guard a server's port says so with
 * {@link #guard}; every other listening socket is unguarded, and under STRICT its connections are
 * closed as they are accepted.
 */
public interface ListeningPorts {

  /**
   * A socket began to listen.
   *
   * @param by the class that listens, for people to read
   */
  void opened(int port, String by);

  /** A socket stopped listening. */
  void closed(int port);

  /**
   * The calling module looks at the first bytes of each connection to this port and obeys {@link
   * #mode} from now on. May come before or after {@link #opened}.
   *
   * @param by the module's name
   */
  void guard(int port, String by);

  /** What the port accepts now. Read once for each connection. */
  MutualTlsMode mode(int port);

  /**
   * Whether a connection just accepted on this port must be closed at once, for want of a guard.
   */
  boolean refusesUnguarded(int port);

  List<ListeningPort> all();

  /**
   * @param guardedBy the guarding module; null: unguarded
   * @param by the listening class; empty if the socket itself was not seen
   */
  record ListeningPort(int port, @Nullable String guardedBy, String by) {}
}
