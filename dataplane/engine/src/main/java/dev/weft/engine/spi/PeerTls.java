package dev.weft.engine.spi;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Whom a mutual-TLS connection must reach. One instance for one cluster's TLS settings.
 *
 * @param sni Istio's {@code outbound_.PORT_.SUBSET_.HOST}
 * @param allowedPeers SPIFFE IDs, one of which the server must prove; empty: any identity of the
 *     trust domain
 * @param applicationProtocols mesh ALPN names in order of preference, e.g. {@code istio-http/1.1}
 */
public record PeerTls(String sni, List<String> allowedPeers, List<String> applicationProtocols)
    implements UpstreamTls {

  public PeerTls {
    allowedPeers = List.copyOf(allowedPeers);
    applicationProtocols = List.copyOf(applicationProtocols);
  }

  /**
   * The SPIFFE ID that a server has proved if a connection was made.
   *
   * @return null if that may be one or another
   */
  public @Nullable String onlyPeer() {
    return allowedPeers.size() == 1 ? allowedPeers.get(0) : null;
  }

  @Override
  public String key() {
    return sni + "#" + Integer.toHexString(hashCode());
  }
}
