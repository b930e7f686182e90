package dev.weft.telemetry.accesslog;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** Addresses as Envoy writes them. */
final class Addresses {

  private Addresses() {}

  /** {@code 10.0.0.7:8080}, {@code [::1]:8080}. */
  static @Nullable String full(@Nullable InetSocketAddress address) {
    String host = host(address);
    if (host == null || address == null) {
      return null;
    }
    return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + address.getPort();
  }

  static @Nullable String host(@Nullable InetSocketAddress address) {
    if (address == null) {
      return null;
    }
    InetAddress ip = address.getAddress();
    return ip == null ? address.getHostString() : ip.getHostAddress();
  }

  static @Nullable Long port(@Nullable InetSocketAddress address) {
    return address == null ? null : (Long) (long) address.getPort();
  }
}
