package dev.weft.identity;

import dev.weft.engine.spi.PeerTls;
import java.net.InetSocketAddress;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/** Who servers proved to be. Outlives certificates, as connections do. */
final class ProvedServers {

  /** Endpoints come and go; to forget them all costs a label until the next handshakes. */
  private static final int MOST = 10_000;

  private final ConcurrentMap<Server, String> ids = new ConcurrentHashMap<>();

  /** A handshake that such a client began has ended. */
  void add(PeerTls client, SSLSession session) {
    String id = ProvenPeer.of(session);
    String host = session.getPeerHost();
    if (id == null || host == null) {
      return;
    }
    if (ids.size() >= MOST) {
      ids.clear();
    }
    ids.put(new Server(client, host, session.getPeerPort()), id);
  }

  @Nullable String find(PeerTls client, InetSocketAddress address) {
    String only = client.onlyPeer();
    return only != null ? only : ids.get(server(client, address));
  }

  boolean has(PeerTls client, InetSocketAddress address) {
    return ids.containsKey(server(client, address));
  }

  private static Server server(PeerTls client, InetSocketAddress address) {
    return new Server(client, address.getHostString(), address.getPort());
  }

  private record Server(PeerTls client, String host, int port) {}
}
