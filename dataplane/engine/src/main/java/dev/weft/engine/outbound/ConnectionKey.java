package dev.weft.engine.outbound;

import dev.weft.engine.spi.PeerTls;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * What connections are pooled by: the endpoint and how it is secured. Interned by the engine: one
 * instance for one key, so that identity comparison (which some libraries' pools use) serves as
 * well.
 */
public record ConnectionKey(InetSocketAddress address, @Nullable PeerTls tls) {

  /** Never the host:port form that a library builds keys of by itself. */
  @Override
  public String toString() {
    return "weft:"
        + address.getHostString()
        + ":"
        + address.getPort()
        + (tls == null ? "" : ":" + tls.key());
  }
}
