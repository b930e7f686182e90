package dev.weft.engine.spi;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * TLS of the server's own kind, with nothing of the mesh's identities: a DestinationRule's modes
 * SIMPLE and MUTUAL. Files are named by their paths where the workload runs.
 *
 * @param sni the server name that is asked for; empty: none
 * @param serverNames DNS names, URIs or IP addresses, one of which the server's certificate must
 *     have among its subject alternative names; empty: any
 * @param verified whether the server's certificate must lead to a trusted root; if not, nothing is
 *     asked of it
 * @param roots PEM of the trusted roots; null: those that the JVM trusts
 * @param revoked PEM of the roots' certificate revocation lists; null: nothing is revoked
 * @param client what the client shows of itself; null: nothing
 * @param applicationProtocols by ALPN, in order of preference; empty: what the library offers
 */
public record OriginatedTls(
    String sni,
    List<String> serverNames,
    boolean verified,
    @Nullable String roots,
    @Nullable String revoked,
    @Nullable ClientCertificate client,
    List<String> applicationProtocols)
    implements UpstreamTls {

  /**
   * @param chain PEM, the leaf first
   * @param key PEM, without a password
   */
  public record ClientCertificate(String chain, String key) {}

  public OriginatedTls {
    serverNames = List.copyOf(serverNames);
    applicationProtocols = List.copyOf(applicationProtocols);
  }

  @Override
  public String key() {
    return "tls:" + sni + "#" + Integer.toHexString(hashCode());
  }
}
