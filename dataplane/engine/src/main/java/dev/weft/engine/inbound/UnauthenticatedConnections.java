package dev.weft.engine.inbound;

import java.io.Closeable;
import java.io.IOException;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.nio.channels.SocketChannel;
import java.util.Iterator;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntPredicate;

/** Remembers, for as long as somebody uses them, connections whose peer has proved nothing. */
final class UnauthenticatedConnections {

  private final Set<Remembered> connections = ConcurrentHashMap.newKeySet();
  private final ReferenceQueue<Closeable> collected = new ReferenceQueue<>();

  void add(int port, Closeable connection) {
    for (Reference<?> gone = collected.poll(); gone != null; gone = collected.poll()) {
      connections.remove(gone);
    }
    connections.add(new Remembered(port, connection, collected));
  }

  /** Ends those to ports of which {@code ports} holds. */
  void end(IntPredicate ports) {
    for (Iterator<Remembered> each = connections.iterator(); each.hasNext(); ) {
      Remembered remembered = each.next();
      if (ports.test(remembered.port)) {
        each.remove();
        Closeable connection = remembered.get();
        if (connection != null) {
          end(connection);
        }
      }
    }
  }

  private static void end(Closeable connection) {
    try {
      if (connection instanceof SocketChannel channel) {
        // Its server isn't told of a closed channel: its selector drops it in silence.
        channel.shutdownInput().shutdownOutput();
      } else {
        connection.close();
      }
    } catch (IOException e) {
      // It had ended.
    }
  }

  private static final class Remembered extends WeakReference<Closeable> {

    final int port;

    Remembered(int port, Closeable connection, ReferenceQueue<Closeable> collected) {
      super(connection, collected);
      this.port = port;
    }
  }
}
