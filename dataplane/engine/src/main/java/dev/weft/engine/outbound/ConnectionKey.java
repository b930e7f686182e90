package dev.weft.engine.outbound;

import dev.weft.engine.spi.MeshTls;
import dev.weft.engine.spi.PeerTls;
import dev.weft.engine.spi.UpstreamTls;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * What connections are pooled by: the endpoint, how it is secured, and what goes ahead. Interned by
 * the engine: one instance for one key, so that identity comparison (which some libraries' pools
 * use) serves as well.
 *
 * @param proxyProtocol as in {@link dev.weft.engine.model.ConnectionOptions}
 */
public record ConnectionKey(
    InetSocketAddress address, @Nullable UpstreamTls tls, int proxyProtocol) {

  /** Without a PROXY header. */
  public ConnectionKey(InetSocketAddress address, @Nullable UpstreamTls tls) {
    this(address, tls, 0);
  }

  /** The mesh's TLS; null: another's, or plaintext. */
  public @Nullable PeerTls meshTls() {
    return tls instanceof PeerTls peer ? peer : null;
  }

  /** Whether such a connection can be made now. */
  public boolean isReady(MeshTls at) {
    return tls == null || at.ready(tls);
  }

  /** Never the host:port form that a library builds keys of by itself. */
  @Override
  public String toString() {
    return "weft:"
        + address.getHostString()
        + ":"
        + address.getPort()
        + (tls == null ? "" : ":" + tls.key())
        + (proxyProtocol == 0 ? "" : ":PROXY" + proxyProtocol);
  }
}
