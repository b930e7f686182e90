package dev.weft.config.model;

/** Names of hosts, which may begin with a wildcard: {@code *} or {@code *.example.com}. */
final class Hosts {

  private Hosts() {}

  static boolean isWildcard(String host) {
    return host.startsWith("*");
  }

  /** Whether every name that {@code host} stands for is one that {@code pattern} stands for. */
  static boolean covers(String pattern, String host) {
    if (!isWildcard(pattern)) {
      return pattern.equals(host);
    }
    String rest = isWildcard(host) ? host.substring(1) : host;
    return rest.endsWith(pattern.substring(1));
  }

  /** The first label of a name. */
  static String firstLabel(String host) {
    int dot = host.indexOf('.');
    return dot < 0 ? host : host.substring(0, dot);
  }
}
