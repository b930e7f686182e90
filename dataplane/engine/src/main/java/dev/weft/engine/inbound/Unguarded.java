package dev.weft.engine.inbound;

import dev.weft.engine.Mesh;
import java.io.Closeable;
import java.net.InetSocketAddress;

/** What a module asks about a connection to a listening socket that may have no guard. */
public final class Unguarded {

  private Unguarded() {}

  /**
   * Has the connection ended if the port turns STRICT. If its socket has a guard, what to make of
   * the connection is for that to say. To be called before {@link #refuses}.
   *
   * @param connection held weakly: who calls keeps it for as long as the connection lives
   * @return false if there is a guard, so nothing to keep
   */
  public static boolean admitted(InetSocketAddress local, Closeable connection) {
    ListeningPorts ports = Mesh.current().listeningPorts();
    if (ports.isGuarded(local)) {
      return false;
    }
    ports.admitted(local.getPort(), connection);
    return true;
  }

  /**
   * Whether to close at once a connection just accepted on this socket. It is if that can't be
   * said; never throws.
   */
  public static boolean refuses(InetSocketAddress local) {
    try {
      return Mesh.current().listeningPorts().refusesUnguarded(local);
    } catch (Throwable e) {
      return true;
    }
  }
}
