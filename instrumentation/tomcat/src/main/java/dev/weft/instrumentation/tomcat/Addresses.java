package dev.weft.instrumentation.tomcat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.apache.tomcat.util.net.NioChannel;
import org.apache.tomcat.util.net.SocketWrapperBase;

/** The two ends of a connection. */
final class Addresses {

  private Addresses() {}

  static InetSocketAddress remote(SocketWrapperBase<?> connection) throws IOException {
    return connection.getSocket() instanceof NioChannel channel
            && channel.getIOChannel().getRemoteAddress() instanceof InetSocketAddress address
        ? address
        : address(connection.getRemoteAddr(), connection.getRemotePort());
  }

  static InetSocketAddress local(SocketWrapperBase<?> connection) throws IOException {
    return connection.getSocket() instanceof NioChannel channel
            && channel.getIOChannel().getLocalAddress() instanceof InetSocketAddress address
        ? address
        : address(connection.getLocalAddr(), connection.getLocalPort());
  }

  /** For the endpoints that aren't NIO: they know their addresses as text. */
  private static InetSocketAddress address(String literal, int port) throws IOException {
    return new InetSocketAddress(InetAddress.getByName(literal), Math.max(port, 0));
  }
}
