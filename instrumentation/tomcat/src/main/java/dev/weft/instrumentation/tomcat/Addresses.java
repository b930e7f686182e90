package dev.weft.instrumentation.tomcat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import org.apache.tomcat.util.net.NioChannel;
import org.apache.tomcat.util.net.SocketWrapperBase;

/**
 * The two ends of a connection. One that has been closed has none any more, and {@link
 * ClosedChannelException} says so: Tomcat would go on with null, which {@link InetAddress} takes
 * for the loopback address, and port 0, for which there are no rules.
 */
final class Addresses {

  private Addresses() {}

  static InetSocketAddress remote(SocketWrapperBase<?> connection) throws IOException {
    return connection.getSocket() instanceof NioChannel channel
            && open(channel).getRemoteAddress() instanceof InetSocketAddress address
        ? address
        : address(connection.getRemoteAddr(), connection.getRemotePort());
  }

  static InetSocketAddress local(SocketWrapperBase<?> connection) throws IOException {
    return connection.getSocket() instanceof NioChannel channel
            && open(channel).getLocalAddress() instanceof InetSocketAddress address
        ? address
        : address(connection.getLocalAddr(), connection.getLocalPort());
  }

  private static SocketChannel open(NioChannel channel) throws ClosedChannelException {
    SocketChannel socket = channel.getIOChannel();
    if (socket == null) {
      throw new ClosedChannelException();
    }
    return socket;
  }

  /** For the endpoints that aren't NIO: they know their addresses as text. */
  private static InetSocketAddress address(String literal, int port) throws IOException {
    return new InetSocketAddress(InetAddress.getByName(literal), Math.max(port, 0));
  }
}
