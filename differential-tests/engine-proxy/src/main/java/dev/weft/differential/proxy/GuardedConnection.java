package dev.weft.differential.proxy;

import dev.weft.differential.http.Connection;
import dev.weft.engine.Mesh;
import dev.weft.engine.inbound.ConnectedPeer;
import dev.weft.engine.inbound.FirstBytes;
import dev.weft.engine.inbound.MutualTlsMode;
import dev.weft.engine.spi.MeshTls;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/** A connection that was let in after a look at its first bytes. */
final class GuardedConnection extends Connection {

  private final @Nullable ConnectedPeer peer;

  private GuardedConnection(Socket socket, InputStream in) throws IOException {
    super(socket, in, socket.getOutputStream());
    peer = null;
  }

  private GuardedConnection(Socket socket, EngineTls tls, ConnectedPeer peer) {
    super(socket, tls.in(), tls.out());
    this.peer = peer;
  }

  /**
   * @throws IOException it isn't let in
   */
  static GuardedConnection accept(Mesh mesh, Socket socket) throws IOException {
    MutualTlsMode mode = mesh.listeningPorts().mode(socket.getLocalPort());
    InputStream in = socket.getInputStream();
    if (mode == MutualTlsMode.DISABLE) {
      return new GuardedConnection(socket, in);
    }
    byte[] buffer = new byte[FirstBytes.LIMIT + 1];
    int length = 0;
    FirstBytes kind = FirstBytes.INCOMPLETE;
    while (kind == FirstBytes.INCOMPLETE) {
      int read = in.read(buffer, length, buffer.length - length);
      if (read < 0) {
        throw new IOException("it ended before it was clear what it is");
      }
      length += read;
      kind = FirstBytes.of(ByteBuffer.wrap(buffer, 0, length));
    }
    InputStream whole =
        new SequenceInputStream(new ByteArrayInputStream(Arrays.copyOf(buffer, length)), in);
    if (kind == FirstBytes.MESH_TLS) {
      return secured(mesh.tls(), socket, whole);
    }
    if (mode == MutualTlsMode.STRICT) {
      throw new IOException("the port takes the mesh's mutual TLS only");
    }
    return new GuardedConnection(socket, whole);
  }

  private static GuardedConnection secured(MeshTls tls, Socket socket, InputStream in)
      throws IOException {
    SSLEngine engine = tls.serverEngine(List.of("http/1.1"));
    EngineTls secured = EngineTls.handshake(engine, in, socket.getOutputStream());
    SSLSession session = engine.getSession();
    String id = tls.peerId(session);
    if (id == null) {
      throw new SSLException("the peer has proved no identity");
    }
    return new GuardedConnection(
        socket,
        secured,
        new ConnectedPeer(
            id,
            tls.remembersCaller(engine),
            serverName(session),
            tls.forwardedCertificate(session)));
  }

  private static String serverName(SSLSession session) {
    return ((ExtendedSSLSession) session)
        .getRequestedServerNames().stream()
            .map(name -> ((SNIHostName) name).getAsciiName())
            .findFirst()
            .orElse("");
  }

  @Nullable ConnectedPeer peer() {
    return peer;
  }
}
