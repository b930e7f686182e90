package dev.weft.config.agent;

import java.util.Optional;

/** {@code host:port}, an IPv6 address in brackets. */
record HostPort(String host, int port) {

  static Optional<HostPort> parse(String text) {
    int colon = text.lastIndexOf(':');
    if (colon <= 0 || !text.substring(colon + 1).matches("[0-9]{1,5}")) {
      return Optional.empty();
    }
    String host = text.substring(0, colon);
    if (host.startsWith("[") && host.endsWith("]")) {
      host = host.substring(1, host.length() - 1);
    }
    return Optional.of(new HostPort(host, Integer.parseInt(text.substring(colon + 1))));
  }
}
