package dev.weft.instrumentation.sockets;

import dev.weft.engine.Mesh;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** What the advice on the three kinds of listening socket has in common. */
final class Listening {

  private static final ClassLoader AGENT = Mesh.class.getClassLoader();

  /** Ports that Weft itself listens on: the engine neither hears of them nor judges them. */
  private static final Set<Integer> ownPorts = ConcurrentHashMap.newKeySet();

  private Listening() {}

  /**
   * A socket was bound. One that isn't a TCP socket is passed over.
   *
   * @param guards what will judge its connections; to name it here has it loaded, rather than when
   *     the first connection comes and the agent's jar may be gone
   */
  static void opened(@Nullable SocketAddress local, Object... guards) {
    int port = port(local);
    if (port > 0) {
      String listener = listener();
      if (listener == null) {
        ownPorts.add(port);
      } else {
        Mesh.current().listeningPorts().opened(port, listener);
      }
    }
  }

  /** A socket is about to be closed; it may never have been bound. */
  static void closed(@Nullable SocketAddress local) {
    int port = port(local);
    if (port > 0 && !ownPorts.remove(port)) {
      Mesh.current().listeningPorts().closed(port);
    }
  }

  /**
   * Whether to close a connection that came in through this socket. It is closed if that can't be
   * said.
   */
  static boolean refuses(@Nullable SocketAddress local) {
    try {
      int port = port(local);
      return port > 0
          && !ownPorts.contains(port)
          && Mesh.current().listeningPorts().refusesUnguarded(port);
    } catch (Throwable e) {
      return true;
    }
  }

  private static int port(@Nullable SocketAddress local) {
    return local instanceof InetSocketAddress inet ? inet.getPort() : -1;
  }

  /**
   * Name of the class outside the JDK that had the socket bound, or of the outermost if all are the
   * JDK's; null if it was Weft.
   */
  private static @Nullable String listener() {
    return StackWalker.getInstance(StackWalker.Option.RETAIN_CLASS_REFERENCE)
        .walk(
            frames -> {
              String outermost = "";
              for (StackWalker.StackFrame frame :
                  (Iterable<StackWalker.StackFrame>) frames::iterator) {
                Class<?> type = frame.getDeclaringClass();
                ClassLoader loader = type.getClassLoader();
                if (loader == AGENT) {
                  return null;
                }
                if (loader == Listening.class.getClassLoader()) {
                  continue;
                }
                if (loader != null && loader != ClassLoader.getPlatformClassLoader()) {
                  return type.getName();
                }
                outermost = type.getName();
              }
              return outermost;
            });
  }
}
