package dev.weft.instrumentation.tomcat;

import dev.weft.engine.Mesh;
import dev.weft.engine.inbound.FirstBytes;
import dev.weft.engine.inbound.ListeningPorts;
import dev.weft.engine.inbound.MutualTlsMode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import org.apache.tomcat.util.buf.ByteBufferUtils;
import org.apache.tomcat.util.net.NioChannel;
import org.apache.tomcat.util.net.NioEndpoint;
import org.apache.tomcat.util.net.NioEndpoint.NioSocketWrapper;
import org.apache.tomcat.util.net.SecureNioChannel;
import org.jspecify.annotations.Nullable;

/**
 * A connection of which nothing is known yet. Tomcat takes it for one whose handshake isn't
 * complete; this handshake consists in looking at the first bytes, after which the connection goes
 * on with another channel: the one that Tomcat would have used without us, or a {@link
 * MeshTlsChannel}. The bytes are handed over with it. Plaintext then costs what it did before.
 *
 * <p>As with any handshake, Tomcat's connection timeout covers the whole of it.
 */
final class GuardedChannel extends NioChannel {

  private static final int REFUSED = -1;

  private final NioEndpoint endpoint;
  private final NioChannel applications;
  private @Nullable MeshTlsChannel meshTls;
  private int port;
  private @Nullable MutualTlsMode mode;

  /**
   * @param applications what Tomcat chose for the connection; its buffers are shared
   */
  GuardedChannel(NioChannel applications, NioEndpoint endpoint) {
    super(applications.getBufHandler());
    this.applications = applications;
    this.endpoint = endpoint;
  }

  @Override
  public void reset(SocketChannel channel, NioSocketWrapper wrapper) throws IOException {
    applications.reset(channel, wrapper);
    super.reset(channel, wrapper);
    mode = null;
  }

  /** The connection is to be guarded as one to this port. */
  void expect(int port) {
    this.port = port;
  }

  @Override
  public boolean isHandshakeComplete() {
    return false;
  }

  @Override
  public int handshake(boolean read, boolean write) throws IOException {
    try {
      return look(read, write);
    } catch (RuntimeException | Error e) {
      Trouble.report("a connection was closed, for its guard failed", e);
      throw new IOException("the guard failed", e);
    }
  }

  private int look(boolean read, boolean write) throws IOException {
    MutualTlsMode mode = this.mode;
    if (mode == null) {
      mode = Mesh.current().listeningPorts().mode(port);
      this.mode = mode;
    }
    if (mode == MutualTlsMode.DISABLE) {
      return leaveToApplication(read, write);
    }
    // Tomcat looks into this buffer before it reads from the channel, so that bytes left here are
    // its own first bytes.
    bufHandler.configureReadBufferForWrite();
    while (true) {
      ByteBuffer buffer = bufHandler.getReadBuffer();
      boolean ended = sc.read(buffer) < 0;
      if (ended && buffer.position() == 0) {
        return leaveToApplication(read, write);
      }
      switch (FirstBytes.of(buffer.duplicate().flip())) {
        case INCOMPLETE -> {
          if (ended) {
            return REFUSED;
          }
          if (buffer.hasRemaining()) {
            return SelectionKey.OP_READ;
          }
          bufHandler.expand(Math.min(2 * buffer.capacity(), FirstBytes.LIMIT + 1));
        }
        case MESH_TLS -> {
          return continueWithMeshTls(read, write);
        }
        case PLAINTEXT, OTHER_TLS -> {
          return mode == MutualTlsMode.STRICT ? REFUSED : leaveToApplication(read, write);
        }
      }
    }
  }

  private int leaveToApplication(boolean read, boolean write) throws IOException {
    ListeningPorts ports = Mesh.current().listeningPorts();
    ports.admitted(port, sc);
    if (mode != MutualTlsMode.STRICT && ports.mode(port) == MutualTlsMode.STRICT) {
      return REFUSED; // as of now
    }
    continueAs(applications);
    if (applications instanceof SecureNioChannel tls) {
      moveFirstBytes(tls);
    }
    return applications.handshake(read, write);
  }

  private int continueWithMeshTls(boolean read, boolean write) throws IOException {
    MeshTlsChannel tls = meshTls;
    if (tls == null) {
      tls = new MeshTlsChannel(this, endpoint);
      meshTls = tls;
    }
    // Not reset with the others: that would discard the first bytes.
    tls.take(sc, socketWrapper, firstBytes());
    continueAs(tls);
    return tls.handshake(read, write);
  }

  private void continueAs(NioChannel channel) throws IOException {
    if (socketWrapper.isClosed()) {
      // By another thread; this channel is kept for a later connection by now.
      throw new ClosedChannelException();
    }
    TomcatInternals.replaceChannel(socketWrapper, channel);
  }

  /** From where plaintext is expected to where TLS is. */
  private void moveFirstBytes(SecureNioChannel tls) {
    byte[] bytes = firstBytes();
    ByteBuffer input = TomcatInternals.networkInput(tls);
    if (input.remaining() < bytes.length) {
      input = ByteBufferUtils.expand(input, input.position() + bytes.length);
      TomcatInternals.setNetworkInput(tls, input);
    }
    input.put(bytes);
  }

  private byte[] firstBytes() {
    bufHandler.configureReadBufferForRead();
    ByteBuffer buffer = bufHandler.getReadBuffer();
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(bytes);
    return bytes;
  }

  @Override
  public void free() {
    applications.free();
  }
}
