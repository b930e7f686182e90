package dev.weft.instrumentation.sockets;

import dev.weft.engine.Mesh;
import dev.weft.engine.inbound.Unguarded;
import java.io.Closeable;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What the advice on the three kinds of listening socket has in common. */
final class Listening {

  private static final ClassLoader AGENT = Mesh.class.getClassLoader();

  private Listening() {}

  /**
   * A socket was bound. One that isn't a TCP socket, or is Weft's own, is passed over.
   *
   * @param guards what will judge its connections; to name it here has it loaded, rather than when
   *     the first connection comes and the agent's jar may be gone
   */
  static void opened(@Nullable SocketAddress local, Object... guards) {
    Objects.requireNonNull(Unguarded.class);
    if (local instanceof InetSocketAddress inet) {
      String listener = listener();
      if (listener != null) {
        Mesh.current().listeningPorts().opened(inet, listener);
      }
    }
  }

  /** A socket is about to be closed; it may never have been bound. */
  static void closed(@Nullable SocketAddress local) {
    if (local instanceof InetSocketAddress inet) {
      Mesh.current().listeningPorts().closed(inet);
    }
  }

  /** A connection comes in. */
  static void admitted(@Nullable SocketAddress local, Closeable connection) {
    try {
      if (local instanceof InetSocketAddress inet) {
        Unguarded.admitted(inet, connection);
      }
    } catch (Throwable e) {
      // Then it is not remembered. Whether to close it now is asked for next.
    }
  }

  /**
   * Whether to close a connection that came in through this socket. It is closed if that can't be
   * said. Who accepts is looked at, for Weft itself may, only if that is about to happen.
   */
  static boolean refuses(@Nullable SocketAddress local) {
    try {
      return local instanceof InetSocketAddress inet
          && Unguarded.refuses(inet)
          && listener() != null;
    } catch (Throwable e) {
      return true;
    }
  }

  /**
   * Name of the class outside the JDK that is at work on this thread, or of the outermost if all
   * are the JDK's; null if it is Weft.
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
