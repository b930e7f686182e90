package dev.weft.instrumentation.tomcat;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import org.apache.tomcat.util.net.NioChannel;
import org.apache.tomcat.util.net.NioEndpoint.NioSocketWrapper;
import org.apache.tomcat.util.net.NioEndpoint.Poller;

/**
 * Puts a guard before each connection that an NIO endpoint has accepted, at the last moment before
 * its bytes are waited for. Stands in for the call of {@code Poller.register}.
 */
final class Admission {

  private Admission() {}

  static void register(Poller poller, NioSocketWrapper connection) throws IOException {
    guard(connection);
    poller.register(connection);
  }

  static void close(Throwable failure, Poller poller, NioSocketWrapper connection) {
    connection.close();
  }

  private static void guard(NioSocketWrapper connection) throws IOException {
    NioChannel given = connection.getSocket();
    SocketChannel socket = given.getIOChannel();
    if (!(socket.getLocalAddress() instanceof InetSocketAddress local)) {
      return; // a Unix domain socket: no port, not the mesh's
    }
    // Tomcat keeps channels for later connections: this one may be ours already.
    GuardedChannel guard;
    if (given instanceof GuardedChannel ours) {
      guard = ours;
    } else {
      guard =
          given instanceof MeshTlsChannel ours
              ? ours.guard()
              : new GuardedChannel(given, TomcatInternals.endpoint(connection));
      guard.reset(socket, connection);
      TomcatInternals.replaceChannel(connection, guard);
    }
    guard.expect(local.getPort());
  }
}
