package dev.weft.instrumentation.tomcat;

import dev.weft.engine.Mesh;
import dev.weft.engine.inbound.ConnectedPeer;
import dev.weft.engine.spi.MeshTls;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLSession;
import org.apache.coyote.AbstractProtocol;
import org.apache.coyote.UpgradeProtocol;
import org.apache.tomcat.util.buf.ByteBufferUtils;
import org.apache.tomcat.util.net.NioEndpoint;
import org.apache.tomcat.util.net.NioEndpoint.NioSocketWrapper;
import org.apache.tomcat.util.net.SSLSupport;
import org.apache.tomcat.util.net.SecureNioChannel;
import org.apache.tomcat.util.net.SocketWrapperBase;
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

  /**
   * Held while the outbound buffer is used. With HTTP/2 a thread that writes for a stream and one
   * that flushes after a late write event may meet there, and what one encrypts the other would
   * overwrite.
   */
  private final ReentrantLock outbound = new ReentrantLock();

  /** The thread that reads. Others may see an old value, but never themselves. */
  private @Nullable Thread reader;

  private volatile @Nullable ProvenPeer peer;

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

  /**
   * The peer of a connection whose handshake is complete.
   *
   * @throws ClosedChannelException if this channel isn't the connection's any more
   */
  ProvenPeer peerOf(SocketWrapperBase<?> connection) throws ClosedChannelException {
    ProvenPeer peer = this.peer;
    if (peer == null) {
      throw new ClosedChannelException();
    }
    return peer.on(connection);
  }

  /**
   * Begins the handshake of a connection whose ClientHello was received already.
   *
   * @throws IllegalStateException without a certificate
   */
  void take(SocketChannel channel, NioSocketWrapper connection, byte[] clientHello)
      throws IOException {
    reset(channel, connection);
    peer = null;
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

  private static String serverName(SSLSession session) {
    if (session instanceof ExtendedSSLSession extended) {
      for (SNIServerName name : extended.getRequestedServerNames()) {
        if (name instanceof SNIHostName host) {
          return host.getAsciiName();
        }
      }
    }
    return "";
  }

  @Override
  public int handshake(boolean read, boolean write) throws IOException {
    int interest = super.handshake(read, write);
    if (interest == 0 && peer == null) {
      MeshTls tls = Mesh.current().tls();
      String id = tls.peerId(sslEngine.getSession());
      if (id == null) {
        throw new IOException("the peer has proved no identity");
      }
      ConnectedPeer who =
          new ConnectedPeer(
              id,
              tls.remembersCaller(sslEngine),
              serverName(sslEngine.getSession()),
              tls.forwardedCertificate(sslEngine.getSession()));
      peer = ProvenPeer.of(socketWrapper, who, sslEngine.getSession());
      // Where maxKeepAliveRequests bounds how often a connection is used, it would have every
      // hundredth request pay for a handshake. A bound of one is the application's wish not to
      // reuse connections, and isn't counted here.
      socketWrapper.setKeepAliveLeft(Integer.MAX_VALUE);
    }
    return interest;
  }

  @Override
  public int write(ByteBuffer source) throws IOException {
    outbound.lock();
    try {
      int written = super.write(source);
      return written == 0 && mayWriteAgain(source.hasRemaining()) ? super.write(source) : written;
    } finally {
      outbound.unlock();
    }
  }

  @Override
  public long write(ByteBuffer[] sources, int offset, int length) throws IOException {
    outbound.lock();
    try {
      long written = super.write(sources, offset, length);
      return written == 0 && mayWriteAgain(length > 0)
          ? super.write(sources, offset, length)
          : written;
    } finally {
      outbound.unlock();
    }
  }

  /**
   * Whether nothing was written, though the network would take more: a session ticket or another
   * message of TLS's own went first. Tomcat would wait for the poller to say so.
   */
  private boolean mayWriteAgain(boolean more) {
    return more && !netOutBuffer.hasRemaining();
  }

  @Override
  public boolean flushOutbound() throws IOException {
    outbound.lock();
    try {
      return super.flushOutbound();
    } finally {
      outbound.unlock();
    }
  }

  @Override
  public void close() throws IOException {
    outbound.lock();
    try {
      super.close();
    } finally {
      outbound.unlock();
    }
  }

  @Override
  public int read(ByteBuffer target) throws IOException {
    reader = Thread.currentThread();
    try {
      return super.read(target);
    } finally {
      reader = null;
    }
  }

  @Override
  public long read(ByteBuffer[] targets, int offset, int length) throws IOException {
    reader = Thread.currentThread();
    try {
      return super.read(targets, offset, length);
    } finally {
      reader = null;
    }
  }

  /**
   * What TLS has to say after the handshake goes out with what the application writes next. Tomcat
   * would have the reading thread write it, whoever else is writing.
   */
  @Override
  protected SSLEngineResult handshakeWrap(boolean doWrite) throws IOException {
    return handshakeComplete
        ? new SSLEngineResult(Status.OK, HandshakeStatus.NEED_WRAP, 0, 0)
        : super.handshakeWrap(doWrite);
  }

  /**
   * For the reading thread nothing: it would ask only to know whether it may use the outbound
   * buffer, and would close the connection if twice it may not.
   */
  @Override
  public int getOutboundRemaining() {
    return reader == Thread.currentThread() ? 0 : super.getOutboundRemaining();
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
