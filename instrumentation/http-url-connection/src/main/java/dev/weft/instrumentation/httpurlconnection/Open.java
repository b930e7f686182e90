package dev.weft.instrumentation.httpurlconnection;

import dev.weft.engine.Answer;
import dev.weft.engine.Mesh;
import dev.weft.engine.outbound.Attempt;
import dev.weft.engine.spi.PeerTls;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import javax.net.ssl.SSLSocket;
import sun.net.www.http.HttpClient;

/** Stands where an HTTP client opens its socket. */
final class Open {

  private Open() {}

  static Socket open(HttpClient client, String host, int port) throws IOException {
    Steering steering = Steering.current();
    if (steering == null) {
      return Jdk.doConnect(client, host, port);
    }
    Answer answer = steering.answer();
    Sending sending = steering.sending();
    if (answer != null || sending == null) {
      return AnswerSocket.of(answer);
    }
    sending.requireWanted();
    sending.over(false);
    Allowance time = new Allowance(sending.connectTimeout());
    long began = System.nanoTime();
    client.setConnectTimeout(sending.connectTimeout());
    Socket plain = Jdk.doConnect(client, addressOf(sending), portOf(sending));
    sending.carriedBy(plain);
    MeshConnection.opened(client, plain, sending);
    time.spendSince(began);
    return secured(sending, plain, time);
  }

  private static String addressOf(Sending sending) {
    return address(sending).getHostString();
  }

  private static int portOf(Sending sending) {
    return address(sending).getPort();
  }

  private static InetSocketAddress address(Sending sending) {
    return sending.attempt().endpoint().address();
  }

  private static Socket secured(Sending sending, Socket plain, Allowance time) throws IOException {
    Attempt attempt = sending.attempt();
    PeerTls peer = attempt.tls();
    if (peer == null) {
      return plain;
    }
    try {
      SSLSocket secure =
          (SSLSocket)
              Mesh.current()
                  .tls()
                  .clientContext(peer)
                  .getSocketFactory()
                  .createSocket(plain, addressOf(sending), portOf(sending), true);
      int readTimeout = plain.getSoTimeout();
      plain.setSoTimeout(time.leftMillis());
      secure.startHandshake();
      plain.setSoTimeout(readTimeout);
      return secure;
    } catch (SocketTimeoutException e) {
      plain.close();
      throw new SocketTimeoutException("Connect timed out");
    } catch (IOException | RuntimeException e) {
      plain.close();
      throw e instanceof IOException io ? io : new IOException(e);
    }
  }
}
