package dev.weft.engine.outbound;

import dev.weft.engine.model.RouteTable;
import dev.weft.engine.model.RouteTable.VirtualHost;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A {@link RouteTable} made ready for look-ups. A virtual host is found by the request's authority,
 * with and without its port (Envoy's {@code ignore_port_in_host_matching}, which Istio sets): exact
 * names first, then suffix wildcards, then prefix wildcards, longer before shorter, then {@code *}.
 * An authority that no virtual host knows gets the listener's own: the listener was found by the
 * host that the application named, whatever Host header it set.
 */
final class RoutingTable {

  private final RouteTable source;
  private final boolean held;
  private final RouteLimits limits;
  private final Map<String, RouteIndex> exact = new HashMap<>();
  private final List<Wildcard> suffixes = new ArrayList<>();
  private final List<Wildcard> prefixes = new ArrayList<>();
  private @Nullable RouteIndex any;
  private final @Nullable RouteIndex own;

  /**
   * @param listener {@code host:port}
   * @param limits that every request has to pass
   */
  RoutingTable(String listener, RouteTable source, RouteLimits limits) {
    this.source = source;
    this.limits = limits;
    held = !source.equals(RouteTable.MISSING);
    for (VirtualHost virtualHost : source.virtualHosts()) {
      RouteIndex routes = new RouteIndex(virtualHost.routes(), limits);
      virtualHost.domains().forEach(domain -> add(domain.toLowerCase(Locale.ROOT), routes));
    }
    Comparator<Wildcard> longestFirst =
        Comparator.comparingInt((Wildcard wildcard) -> wildcard.part.length()).reversed();
    suffixes.sort(longestFirst);
    prefixes.sort(longestFirst);
    own = virtualHost(listener.toLowerCase(Locale.ROOT));
  }

  private void add(String domain, RouteIndex routes) {
    if (domain.equals("*")) {
      any = any == null ? routes : any;
    } else if (domain.startsWith("*")) {
      suffixes.add(new Wildcard(domain.substring(1), routes));
    } else if (domain.endsWith("*")) {
      prefixes.add(new Wildcard(domain.substring(0, domain.length() - 1), routes));
    } else {
      exact.putIfAbsent(domain, routes);
    }
  }

  /** False for those that stand for there being none. */
  boolean isHeld() {
    return held;
  }

  RouteTable source() {
    return source;
  }

  RouteLimits limits() {
    return limits;
  }

  /**
   * @return null if no virtual host or none of its routes matches
   */
  @Nullable CompiledRoute route(OutboundRequest request) {
    RouteIndex routes = virtualHost(request.authority().toLowerCase(Locale.ROOT));
    if (routes == null) {
      routes = own;
    }
    return routes == null ? null : routes.find(request);
  }

  private @Nullable RouteIndex virtualHost(String authority) {
    RouteIndex found = exact.get(authority);
    if (found != null) {
      return found;
    }
    int colon = authority.lastIndexOf(':');
    boolean hasPort = colon > 0 && authority.indexOf(']', colon) < 0;
    String host = hasPort ? authority.substring(0, colon) : authority;
    if (hasPort) {
      found = exact.get(host);
      if (found != null) {
        return found;
      }
    }
    for (Wildcard suffix : suffixes) {
      if ((longer(authority, suffix) && authority.endsWith(suffix.part))
          || (longer(host, suffix) && host.endsWith(suffix.part))) {
        return suffix.routes;
      }
    }
    for (Wildcard prefix : prefixes) {
      if (longer(authority, prefix) && authority.startsWith(prefix.part)) {
        return prefix.routes;
      }
    }
    return any;
  }

  /** A wildcard stands for one character at least. */
  private static boolean longer(String authority, Wildcard wildcard) {
    return authority.length() > wildcard.part.length();
  }

  private static final class Wildcard {
    final String part;
    final RouteIndex routes;

    Wildcard(String part, RouteIndex routes) {
      this.part = part;
      this.routes = routes;
    }
  }
}
