package dev.weft.instrumentation.httpurlconnection;

import dev.weft.engine.Answer;
import dev.weft.engine.Mesh;
import dev.weft.engine.ProxyHeader;
import dev.weft.engine.spi.MeshTls;
import dev.weft.engine.spi.UpstreamTls;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.Socket;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import sun.net.www.http.HttpClient;

/** Stands where an HTTP client opens its socket. */
final class Open {

  static {
    Essentials.load();
  }

  private Open() {}

  static Socket open(HttpClient client, String host, int port) throws IOException {
    Steering steering = Steering.current();
    if (steering == null) {
      return Jdk.doConnect(client, host, port);
    }
    Answer answer = steering.answer();
    Sending sending = steering.sending();
    return Steering.guarded(
        () ->
            answer != null || sending == null
                ? AnswerSocket.of(answer)
                : connected(client, sending));
  }

  private static Socket connected(HttpClient client, Sending sending) throws IOException {
    sending.requireWanted();
    sending.opening();
    Socket plain = new Socket(Proxy.NO_PROXY); // as the JDK's: whatever proxies are set for sockets
    plain.setSoTimeout(0); // makes it: on JDK 17, a close before that would be forgotten
    Keepalive.apply(plain, sending.attempt().connectionOptions().keepalive());
    MeshConnection connection = MeshConnection.opened(client, plain, sending);
    sending.carriedBy(connection);
    TimeLimit limit = TimeLimit.of(plain, sending.connectTimeout());
    try {
      InetSocketAddress address = sending.attempt().endpoint().address();
      plain.connect(new InetSocketAddress(address.getHostString(), address.getPort()));
      sending.requireWanted();
      ProxyHeader.send(plain, sending.attempt().connectionOptions().proxyProtocol());
      Socket secured = secured(sending.attempt().tls(), plain, address, connection);
      limit.lift();
      plain.setSoTimeout(Jdk.readTimeout(client));
      sending.opened();
      return secured;
    } catch (IOException | RuntimeException | LinkageError e) {
      plain.close();
      limit.lift();
      throw e;
    }
  }

  private static Socket secured(
      @Nullable UpstreamTls peer,
      Socket plain,
      InetSocketAddress address,
      MeshConnection connection)
      throws IOException {
    if (peer == null) {
      return plain;
    }
    MeshTls tls = Mesh.current().tls();
    SSLSocket secure =
        (SSLSocket)
            tls.clientContext(peer)
                .getSocketFactory()
                .createSocket(plain, address.getHostString(), address.getPort(), true);
    secure.startHandshake();
    connection.secured(tls.remembersCaller(secure));
    return secure;
  }
}
