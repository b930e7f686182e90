package dev.weft.instrumentation.tomcat;

import dev.weft.engine.Mesh;
import dev.weft.engine.spi.MeshTls;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSession;
import org.apache.coyote.AbstractProtocol;
import org.apache.coyote.UpgradeProtocol;
import org.apache.tomcat.util.buf.ByteBufferUtils;
import org.apache.tomcat.util.net.NioEndpoint;
import org.apache.tomcat.util.net.NioEndpoint.NioSocketWrapper;
import org.apache.tomcat.util.net.SSLSupport;
import org.apache.tomcat.util.net.SecureNioChannel;
import org.jspecify.annotations.Nullable;

/**
 * A connection that speaks the mesh's mutual TLS, by Tomcat's own TLS channel and an engine of the
 * mesh's. The application doesn't see that there is TLS.
 */
final class MeshTlsChannel extends SecureNioChannel {

  private static final List<String> HTTP1 = List.of("http/1.1");
  private static final List<String> HTTP2_AND_1 = List.of("h2", "http/1.1");

  private final GuardedChannel guard;
  private final NioEndpoint endpoint;
  private @Nullable String peerId;

  MeshTlsChannel(GuardedChannel guard, NioEndpoint endpoint) {
    super(guard.getBufHandler(), endpoint);
    this.guard = guard;
    this.endpoint = endpoint;
  }

  /** What decided that this connection is the mesh's, and will decide about the next. */
  GuardedChannel guard() {
    return guard;
  }

  /** Whether the application's own clients use TLS too. */
  boolean connectorHasTls() {
    return endpoint.isSSLEnabled();
  }

  /** The SPIFFE ID that the peer proved; null before the handshake is complete. */
  @Nullable String peerId() {
    return peerId;
  }

  /**
   * Begins the handshake of a connection whose ClientHello was received already.
   *
   * @throws IllegalStateException without a certificate
   */
  void take(SocketChannel channel, NioSocketWrapper connection, byte[] clientHello)
      throws IOException {
    reset(channel, connection);
    peerId = null;
    SSLEngine engine = Mesh.current().tls().serverEngine(applicationProtocols());
    SSLSession session = engine.getSession();
    getBufHandler().expand(session.getApplicationBufferSize());
    int packet = Math.max(session.getPacketBufferSize(), clientHello.length);
    netInBuffer = ByteBufferUtils.expand(netInBuffer, packet);
    netOutBuffer = ByteBufferUtils.expand(netOutBuffer, packet);
    netInBuffer.put(clientHello);
    netOutBuffer.clear().limit(0);
    sslEngine = engine;
    sniComplete = true;
    engine.beginHandshake();
    handshakeStatus = engine.getHandshakeStatus();
  }

  @Override
  public int handshake(boolean read, boolean write) throws IOException {
    int interest = super.handshake(read, write);
    if (interest == 0 && peerId == null) {
      MeshTls tls = Mesh.current().tls();
      String id = tls.peerId(sslEngine.getSession());
      if (id == null) {
        throw new IOException("the peer has proved no identity");
      }
      peerId = id;
      // Where maxKeepAliveRequests bounds how often a connection is used, it would have every
      // hundredth request pay for a handshake. A bound of one is the application's wish not to
      // reuse connections, and isn't counted here.
      socketWrapper.setKeepAliveLeft(Integer.MAX_VALUE);
    }
    return interest;
  }

  /**
   * h2 if Tomcat was set up for it. On a connector without TLS of its own Tomcat knows nothing of
   * ALPN, and recognizes HTTP/2 by its preface.
   */
  private List<String> applicationProtocols() {
    AbstractProtocol<?> protocol = TomcatInternals.protocol(endpoint);
    if (protocol != null) {
      for (UpgradeProtocol upgrade : protocol.findUpgradeProtocols()) {
        if ("h2".equals(upgrade.getAlpnName())) {
          return HTTP2_AND_1;
        }
      }
    }
    return HTTP1;
  }

  /** Nothing: neither certificates nor ciphers are the application's. */
  @Override
  public @Nullable SSLSupport getSSLSupport() {
    return null;
  }

  @Override
  public void free() {
    super.free();
    guard.free();
  }
}
