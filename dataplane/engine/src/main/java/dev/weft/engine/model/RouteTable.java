package dev.weft.engine.model;

import java.util.List;

/**
 * Envoy's RouteConfiguration: virtual hosts by authority, each with routes in order.
 *
 * @param limits of the listener that it belongs to: every request has to pass them, in this order
 */
public record RouteTable(String name, List<VirtualHost> virtualHosts, List<RequestLimit> limits) {

  /** Stands for a listener that does not exist. */
  public static final RouteTable MISSING = new RouteTable("", List.of());

  public RouteTable {
    virtualHosts = List.copyOf(virtualHosts);
    limits = List.copyOf(limits);
  }

  public RouteTable(String name, List<VirtualHost> virtualHosts) {
    this(name, virtualHosts, List.of());
  }

  /** The same routes behind these limits. */
  public RouteTable behind(List<RequestLimit> listenersLimits) {
    return listenersLimits.isEmpty() ? this : new RouteTable(name, virtualHosts, listenersLimits);
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
