package dev.weft.config.agent;

import java.util.Optional;

/** Istio's name for a destination: {@code outbound|port|subset|host}. */
record ClusterName(int port, String subset, String host) implements Comparable<ClusterName> {

  static Optional<ClusterName> parse(String name) {
    String[] parts = name.split("\\|", -1);
    if (parts.length != 4 || !parts[0].equals("outbound") || !parts[1].matches("[0-9]{1,5}")) {
      return Optional.empty();
    }
    return Optional.of(new ClusterName(Integer.parseInt(parts[1]), parts[2], parts[3]));
  }

  /** Istio's server name for mutual TLS to it. */
  String sni() {
    return "outbound_." + port + "_." + subset + "_." + host;
  }

  @Override
  public int compareTo(ClusterName other) {
    return toString().compareTo(other.toString());
  }

  @Override
  public String toString() {
    return "outbound|" + port + "|" + subset + "|" + host;
  }
}
