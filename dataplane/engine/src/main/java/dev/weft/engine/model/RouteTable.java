package dev.weft.engine.model;

import java.util.List;

/**
 * Envoy's RouteConfiguration: virtual hosts by authority, each with routes in order.
 *
 * @param paths how the listener that has these routes reads a request's path
 * @param limits of that listener: every request has to pass them, in this order
 */
public record RouteTable(
    String name,
    List<VirtualHost> virtualHosts,
    PathNormalization paths,
    List<RequestLimit> limits) {

  /** Stands for a listener that does not exist. */
  public static final RouteTable MISSING = new RouteTable("", List.of());

  public RouteTable {
    virtualHosts = List.copyOf(virtualHosts);
    limits = List.copyOf(limits);
  }

  /** The same routes behind these limits. */
  public RouteTable behind(List<RequestLimit> listenersLimits) {
    return listenersLimits.isEmpty()
        ? this
        : new RouteTable(name, virtualHosts, paths, listenersLimits);
  }

  /** Of paths as they are written, without limits. */
  public RouteTable(String name, List<VirtualHost> virtualHosts) {
    this(name, virtualHosts, PathNormalization.NONE, List.of());
  }

  /** The same, with paths read so. */
  public RouteTable with(PathNormalization paths) {
    return paths.equals(this.paths) ? this : new RouteTable(name, virtualHosts, paths, limits);
  }

  /**
   * @param domains exact names, {@code *.suffix}, {@code prefix.*} or {@code *}; matched against
   *     the authority, the most specific first (Envoy's VirtualHost.domains)
   * @param routes the first that matches wins
   */
  public record VirtualHost(String name, List<String> domains, List<Route> routes) {

    public VirtualHost {
      domains = List.copyOf(domains);
      routes = List.copyOf(routes);
    }
  }
}
