package dev.weft.remote;

import dev.weft.engine.outbound.ConnectionKey;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import javax.net.SocketFactory;

/** Gives whoever asks for whatever address a socket to one destination, secured as it must be. */
final class DialingSocketFactory extends SocketFactory {

  private final Dialer dialer;
  private final ConnectionKey to;

  DialingSocketFactory(Dialer dialer, ConnectionKey to) {
    this.dialer = dialer;
    this.to = to;
  }

  private Socket dial() throws IOException {
    return dialer.dial(to, Dialer.H2, begun -> {});
  }

  @Override
  public Socket createSocket(InetAddress host, int port) throws IOException {
    return dial();
  }

  @Override
  public Socket createSocket(String host, int port) throws IOException {
    return dial();
  }

  @Override
  public Socket createSocket(String host, int port, InetAddress localHost, int localPort)
      throws IOException {
    return dial();
  }

  @Override
  public Socket createSocket(InetAddress address, int port, InetAddress localAddress, int localPort)
      throws IOException {
    return dial();
  }
}
