package dev.weft.identity;

import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;

/**
 * The server name that a client sends. Istio's {@code outbound_.8080_.v1_.catalog.shop.svc…} is
 * what its east-west gateways route by; but the JDK's TLS servers take the underscores for an
 * illegal host name and refuse the handshake ({@code illegal_parameter}, JDK 17 to 25), and a
 * server of this mesh is such a one more often than not. No server that a workload calls directly
 * needs more than the host, so that is what is sent.
 */
final class MeshSni {

  private static final String SEPARATOR = "_.";

  private MeshSni() {}

  /** Empty if there is no host name that every server accepts. */
  static List<SNIServerName> names(String sni) {
    int separator = sni.lastIndexOf(SEPARATOR);
    String host = separator < 0 ? sni : sni.substring(separator + SEPARATOR.length());
    try {
      return List.of(new SNIHostName(host));
    } catch (IllegalArgumentException e) {
      return List.of();
    }
  }
}
