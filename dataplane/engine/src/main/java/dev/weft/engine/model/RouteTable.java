package dev.weft.engine.model;

import java.util.List;

/** Envoy's RouteConfiguration: virtual hosts by authority, each with routes in order. */
public record RouteTable(String name, List<VirtualHost> virtualHosts) {

  /** Stands for a listener that does not exist. */
  public static final RouteTable MISSING = new RouteTable("", List.of());

  public RouteTable {
    virtualHosts = List.copyOf(virtualHosts);
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
