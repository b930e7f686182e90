package dev.weft.identity;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;

/** Makes sockets for one destination. */
final class MeshSocketFactory extends SSLSocketFactory {

  private final SSLSocketFactory jdk;
  private final ClientHandshake handshake;

  MeshSocketFactory(SSLSocketFactory jdk, ClientHandshake handshake) {
    this.jdk = jdk;
    this.handshake = handshake;
  }

  private Socket mesh(Socket socket) {
    return new ClientSocket((SSLSocket) socket, handshake);
  }

  @Override
  public Socket createSocket() throws IOException {
    return mesh(jdk.createSocket());
  }

  @Override
  public Socket createSocket(Socket connected, String host, int port, boolean autoClose)
      throws IOException {
    return mesh(jdk.createSocket(new ReadAheadSocket(connected), host, port, autoClose));
  }

  @Override
  public Socket createSocket(String host, int port) throws IOException {
    return mesh(jdk.createSocket(host, port));
  }

  @Override
  public Socket createSocket(String host, int port, InetAddress localAddress, int localPort)
      throws IOException {
    return mesh(jdk.createSocket(host, port, localAddress, localPort));
  }

  @Override
  public Socket createSocket(InetAddress address, int port) throws IOException {
    return mesh(jdk.createSocket(address, port));
  }

  @Override
  public Socket createSocket(InetAddress address, int port, InetAddress localAddress, int localPort)
      throws IOException {
    return mesh(jdk.createSocket(address, port, localAddress, localPort));
  }

  @Override
  public String[] getDefaultCipherSuites() {
    return jdk.getDefaultCipherSuites();
  }

  @Override
  public String[] getSupportedCipherSuites() {
    return jdk.getSupportedCipherSuites();
  }
}
