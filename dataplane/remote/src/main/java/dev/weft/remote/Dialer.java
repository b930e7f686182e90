package dev.weft.remote;

import dev.weft.engine.ProxyHeader;
import dev.weft.engine.outbound.ConnectionKey;
import dev.weft.engine.spi.MeshTls;
import dev.weft.engine.spi.UpstreamTls;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.Socket;
import java.net.UnknownHostException;
import java.util.function.Consumer;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/** Makes connected sockets. Blocks. */
final class Dialer {

  static final String HTTP_1_1 = "http/1.1";
  static final String H2 = "h2";

  /** For those who have no deadline of their own; also of each step of the handshake. */
  private static final int LONGEST_MILLIS = 10_000;

  private final MeshTls tls;

  Dialer(MeshTls tls) {
    this.tls = tls;
  }

  /**
   * @param protocol what is going to be spoken: the plain ALPN name
   * @param begun given the TCP socket before anything is done with it; to close it ends everything
   * @return connected and, if the key says so, secured
   */
  Socket dial(ConnectionKey to, String protocol, Consumer<Socket> begun) throws IOException {
    // Never the application's SOCKS proxy, nor its ProxySelector.
    Socket tcp = new Socket(Proxy.NO_PROXY);
    try {
      begun.accept(tcp);
      tcp.setTcpNoDelay(true);
      InetSocketAddress address = resolved(to.address());
      tcp.connect(address, LONGEST_MILLIS);
      ProxyHeader.send(tcp, to.proxyProtocol());
      UpstreamTls peer = to.tls();
      return peer == null ? tcp : secured(tcp, address, peer, protocol);
    } catch (IOException | RuntimeException e) {
      tcp.close();
      throw e;
    }
  }

  private static InetSocketAddress resolved(InetSocketAddress address) throws UnknownHostException {
    if (!address.isUnresolved()) {
      return address;
    }
    InetSocketAddress resolved = new InetSocketAddress(address.getHostString(), address.getPort());
    if (resolved.isUnresolved()) {
      throw new UnknownHostException(address.getHostString());
    }
    return resolved;
  }

  private Socket secured(Socket tcp, InetSocketAddress address, UpstreamTls peer, String protocol)
      throws IOException {
    tcp.setSoTimeout(LONGEST_MILLIS);
    SSLSocket socket =
        (SSLSocket)
            tls.clientContext(peer)
                .getSocketFactory()
                .createSocket(tcp, address.getAddress().getHostAddress(), address.getPort(), true);
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setApplicationProtocols(new String[] {protocol});
    socket.setSSLParameters(parameters);
    socket.startHandshake();
    String agreed = socket.getApplicationProtocol();
    // None agreed on leaves it to the client.
    if (agreed != null && !agreed.isEmpty() && !agreed.equals(protocol)) {
      throw new SSLException("the server speaks " + agreed + " and not " + protocol);
    }
    tcp.setSoTimeout(0);
    return socket;
  }
}
