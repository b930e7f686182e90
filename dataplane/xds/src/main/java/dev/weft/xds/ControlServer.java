package dev.weft.xds;

import com.google.common.net.HostAndPort;
import com.google.common.net.InetAddresses;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * Where the control server is, and how it and the workload prove themselves.
 *
 * @param address {@code host:port} (WEFT_CONTROL)
 * @param tls trusts the root that signed the server (WEFT_CONTROL_CA); null: plaintext
 */
public record ControlServer(String address, @Nullable SSLSocketFactory tls, TokenSource token) {

  /**
   * @throws IllegalArgumentException if the address has no port, or is not this machine's though
   *     the connection would be plaintext
   */
  public ControlServer {
    HostAndPort parsed = HostAndPort.fromString(address);
    if (!parsed.hasPort()) {
      throw new IllegalArgumentException("\"" + address + "\" has no port");
    }
    if (tls == null && !isLoopback(parsed.getHost())) {
      throw new IllegalArgumentException(
          "plaintext to \""
              + address
              + "\" is refused: only the loopback address may do without TLS");
    }
  }

  String host() {
    return HostAndPort.fromString(address).getHost();
  }

  int port() {
    return HostAndPort.fromString(address).getPort();
  }

  private static boolean isLoopback(String host) {
    return host.equals("localhost")
        || (InetAddresses.isInetAddress(host) && InetAddresses.forString(host).isLoopbackAddress());
  }
}
