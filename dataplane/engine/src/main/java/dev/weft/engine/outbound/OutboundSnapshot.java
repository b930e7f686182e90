package dev.weft.engine.outbound;

import dev.weft.engine.limits.LimitSurroundings;
import dev.weft.engine.model.IpLiteral;
import dev.weft.engine.model.MeshHost;
import dev.weft.engine.model.MeshHosts;
import dev.weft.engine.model.MeshSnapshot;
import dev.weft.engine.model.OtherHosts;
import dev.weft.engine.model.RouteTable;
import dev.weft.engine.upstream.Upstream;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What one {@link MeshSnapshot} says about outbound requests, made ready for look-ups. */
public final class OutboundSnapshot {

  /** The request is none of the mesh's business. */
  static final RoutingTable NOT_MESH = none();

  /** There are no name tables yet. */
  static final RoutingTable NAMES_UNKNOWN = none();

  /** A mesh host, of whose listener nothing is known yet. */
  static final RoutingTable NOT_HELD = none();

  private static RoutingTable none() {
    return new RoutingTable("", RouteTable.MISSING, RouteLimits.NONE);
  }

  /**
   * Wildcards and ranges stand for any number of hosts: those beyond so many share the listener of
   * the wildcard or range itself.
   */
  static final int MOST_HOSTS = 2_000;

  private final @Nullable MeshHosts hosts;

  /** By host and then by port: no key is put together for a request. */
  private final Map<String, Map<Integer, RoutingTable>> tables;

  private final Map<String, Upstream> upstreams;

  /** Whether as many hosts of wildcards and ranges have listeners of their own as may. */
  private final boolean full;

  private OutboundSnapshot(
      @Nullable MeshHosts hosts,
      Map<String, Map<Integer, RoutingTable>> tables,
      Map<String, Upstream> upstreams) {
    this.hosts = hosts;
    this.tables = tables;
    this.upstreams = upstreams;
    full = hosts != null && tables.size() >= MOST_HOSTS && ofMany(hosts, tables) >= MOST_HOSTS;
  }

  private static long ofMany(MeshHosts hosts, Map<String, Map<Integer, RoutingTable>> tables) {
    return tables.keySet().stream()
        .map(hosts::find)
        .filter(host -> host != null && host.isMany())
        .count();
  }

  /**
   * @param limits always the same
   * @param before what has not changed since is taken from here
   */
  public static OutboundSnapshot compile(
      MeshSnapshot snapshot,
      Map<String, Upstream> upstreams,
      LimitSurroundings limits,
      @Nullable OutboundSnapshot before) {
    Map<String, Map<Integer, RoutingTable>> tables = new HashMap<>();
    snapshot
        .routes()
        .forEach(
            (listener, source) -> {
              int colon = listener.lastIndexOf(':');
              String host = listener.substring(0, Math.max(0, colon));
              int port = Integer.parseInt(listener.substring(colon + 1));
              RoutingTable kept = before == null ? null : before.held(host, port);
              RoutingTable table =
                  source.equals(RouteTable.MISSING)
                      ? NOT_MESH
                      : kept != null && kept.source().equals(source)
                          ? kept
                          : new RoutingTable(
                              listener,
                              source,
                              RouteLimits.of(
                                  source.limits(), limits, kept == null ? null : kept.limits()));
              tables.computeIfAbsent(host, name -> new HashMap<>()).put(port, table);
            });
    return new OutboundSnapshot(snapshot.hosts(), tables, upstreams);
  }

  @Nullable Upstream upstream(String cluster) {
    return upstreams.get(cluster);
  }

  /**
   * The routes for a request by the host and port that the application named.
   *
   * @param own the workload's own address; empty if it isn't known
   */
  RoutingTable find(OutboundRequest request, String own) {
    if (!request.scheme().equalsIgnoreCase("http")) {
      return NOT_MESH;
    }
    if (hosts == null) {
      return looksMeshed(request.host()) ? NAMES_UNKNOWN : NOT_MESH;
    }
    String called = withoutRoot(request.host());
    MeshHost host = declared(hosts, called, request.port());
    RoutingTable table;
    if (host != null) {
      table = held(listenerHost(host, called), request.port());
    } else if (hosts.others() == OtherHosts.LEFT_ALONE || isOwn(called, own)) {
      return NOT_MESH;
    } else {
      table = held(MeshHosts.OTHERS, 0);
    }
    return table == null ? NOT_HELD : table;
  }

  /** The listener of a request for which {@link #NOT_HELD} was found. */
  String listener(OutboundRequest request) {
    String called = withoutRoot(request.host());
    MeshHost host = hosts == null ? null : declared(hosts, called, request.port());
    return host == null
        ? MeshHosts.OTHERS_LISTENER
        : listenerHost(host, called) + ":" + request.port();
  }

  /** Whether what the application itself encrypts may not go there: nobody declares the host. */
  boolean forbids(String host, int port, String own) {
    if (hosts == null || hosts.others() != OtherHosts.BLOCKED) {
      return false;
    }
    String called = withoutRoot(host);
    return declared(hosts, called, port) == null && !isOwn(called, own);
  }

  private static String withoutRoot(String host) {
    return host.endsWith(".") ? host.substring(0, host.length() - 1) : host;
  }

  private static @Nullable MeshHost declared(MeshHosts hosts, String called, int port) {
    MeshHost host = hosts.find(called);
    return host != null && declares(host, port) ? host : null;
  }

  private String listenerHost(MeshHost host, String called) {
    if (!host.isMany()) {
      return host.name();
    }
    String one = called.toLowerCase(Locale.ROOT);
    return full && !tables.containsKey(one) ? host.name() : one;
  }

  /** The workload calls itself, which a proxy's redirection leaves alone, too. */
  private static boolean isOwn(String host, String own) {
    if (host.equalsIgnoreCase("localhost")) {
      return true;
    }
    InetAddress address = IpLiteral.parse(host);
    return address != null
        && (address.isLoopbackAddress()
            || address.isAnyLocalAddress()
            || address.equals(IpLiteral.parse(own)));
  }

  private @Nullable RoutingTable held(String host, int port) {
    Map<Integer, RoutingTable> byPort = tables.get(host);
    return byPort == null ? null : byPort.get(port);
  }

  private static boolean declares(MeshHost host, int port) {
    List<Integer> ports = host.ports();
    for (int i = 0; i < ports.size(); i++) {
      if (ports.get(i) == port) {
        return true;
      }
    }
    return false;
  }

  /**
   * Whether a name may turn out to be the mesh's once the name tables are there: a single label, or
   * a Kubernetes service's name. All other calls are never held up.
   */
  private static boolean looksMeshed(String host) {
    if (host.indexOf('.') < 0) {
      return host.indexOf(':') < 0 && !host.equalsIgnoreCase("localhost");
    }
    return host.endsWith(".svc") || host.contains(".svc.");
  }
}
