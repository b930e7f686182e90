package dev.weft.remote;

import dev.weft.identity.Svid;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/** What a sidecar is: mutual TLS in front of a server that speaks in the clear. */
final class TlsFront implements AutoCloseable {

  /** The ALPN names that clients offered. */
  final List<List<String>> offered = new CopyOnWriteArrayList<>();

  /** URIs of the clients' certificates. */
  final List<String> callers = new CopyOnWriteArrayList<>();

  private final SSLServerSocket listener;
  private final InetSocketAddress behind;
  private final String protocol;

  /**
   * @param protocol the ALPN name it agrees on
   */
  TlsFront(Svid svid, InetSocketAddress behind, String protocol) throws Exception {
    this.behind = behind;
    this.protocol = protocol;
    KeyStore keys = KeyStore.getInstance("PKCS12");
    keys.load(null, null);
    keys.setKeyEntry("svid", svid.key(), new char[0], svid.chain().toArray(Certificate[]::new));
    KeyStore roots = KeyStore.getInstance("PKCS12");
    roots.load(null, null);
    roots.setCertificateEntry("root", svid.trustBundle().get(0));
    KeyManagerFactory key = KeyManagerFactory.getInstance("PKIX");
    key.init(keys, new char[0]);
    TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(roots);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(key.getKeyManagers(), trust.getTrustManagers(), null);
    listener =
        (SSLServerSocket)
            context
                .getServerSocketFactory()
                .createServerSocket(0, 50, InetAddress.getLoopbackAddress());
    listener.setNeedClientAuth(true);
    ScriptedServer.daemon(this::accept);
  }

  InetSocketAddress address() {
    return new InetSocketAddress(listener.getInetAddress(), listener.getLocalPort());
  }

  private void accept() {
    try {
      while (true) {
        SSLSocket front = (SSLSocket) listener.accept();
        ScriptedServer.daemon(() -> serve(front));
      }
    } catch (IOException e) {
      // Closed.
    }
  }

  private void serve(SSLSocket front) {
    front.setHandshakeApplicationProtocolSelector(
        (socket, names) -> {
          offered.add(names);
          return protocol;
        });
    try (front;
        Socket back = new Socket(behind.getAddress(), behind.getPort())) {
      front.startHandshake();
      X509Certificate caller = (X509Certificate) front.getSession().getPeerCertificates()[0];
      callers.add((String) caller.getSubjectAlternativeNames().iterator().next().get(1));
      ScriptedServer.daemon(() -> pump(back, front));
      pump(front, back);
    } catch (Exception e) {
      // The client's business.
    }
  }

  private static void pump(Socket from, Socket to) {
    try (from;
        to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      byte[] buffer = new byte[8192];
      for (int n = in.read(buffer); n > 0; n = in.read(buffer)) {
        out.write(buffer, 0, n);
        out.flush();
      }
    } catch (IOException e) {
      // Either is closed.
    }
  }

  @Override
  public void close() {
    try {
      listener.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
