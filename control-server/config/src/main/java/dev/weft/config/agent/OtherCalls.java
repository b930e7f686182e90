package dev.weft.config.agent;

import dev.weft.config.model.ClientWorkload;
import dev.weft.config.model.MeshConfig.OutboundTraffic;
import dev.weft.config.model.MeshModel;
import dev.weft.config.model.Sidecar.OutboundPolicy;
import dev.weft.config.model.SidecarScope;
import dev.weft.config.model.WeightedDestination;
import io.envoyproxy.envoy.config.route.v3.DirectResponseAction;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import java.time.Duration;
import java.util.Optional;

/**
 * Calls to hosts that a client doesn't see: Istio's virtual hosts {@code block_all} and {@code
 * allow_any}, which stand behind those of every port (buildCatchAllVirtualHost).
 */
final class OtherCalls {

  /** The one listener for them, and its routes. */
  static final String LISTENER = "*:0";

  private static final String BLOCK = "block_all";
  private static final String ALLOW = "allow_any";
  private static final int BAD_GATEWAY = 502;

  private final MeshModel model;

  OtherCalls(MeshModel model) {
    this.model = model;
  }

  /** What becomes of them. */
  NameTable.Others of(ClientWorkload client) {
    OutboundPolicy policy = model.scope(client).outbound();
    if (policy.mode() == OutboundTraffic.REGISTRY_ONLY) {
      return NameTable.Others.BLOCKED;
    }
    return policy.egressProxy() == null ? NameTable.Others.LEFT_ALONE : NameTable.Others.PROXIED;
  }

  /** Their routes; empty if they are left alone. */
  Optional<RouteConfiguration> routes(ClientWorkload client) {
    SidecarScope scope = model.scope(client);
    WeightedDestination proxy = scope.outbound().egressProxy();
    return switch (of(client)) {
      case LEFT_ALONE -> Optional.empty();
      case BLOCKED ->
          Optional.of(
              configuration(
                  BLOCK,
                  Route.newBuilder()
                      .setDirectResponse(
                          DirectResponseAction.newBuilder().setStatus(BAD_GATEWAY))));
      case PROXIED ->
          Optional.ofNullable(proxy)
              .map(to -> configuration(ALLOW, Route.newBuilder().setRoute(to(to, scope.owner()))));
    };
  }

  private RouteAction.Builder to(WeightedDestination proxy, String namespace) {
    Integer port = proxy.port();
    String host = model.settings().qualify(proxy.host(), namespace);
    RouteAction.Builder action =
        RouteAction.newBuilder()
            .setCluster(new ClusterName(port == null ? 0 : port, proxy.subset(), host).toString());
    RouteActions.timeouts(action, Duration.ZERO);
    return action;
  }

  private static RouteConfiguration configuration(String name, Route.Builder route) {
    return RouteConfiguration.newBuilder()
        .setName(LISTENER)
        .addVirtualHosts(
            VirtualHost.newBuilder()
                .setName(name)
                .addDomains("*")
                .setIncludeRequestAttemptCount(true)
                .addRoutes(route.setName(name).setMatch(Routes.anyPath())))
        .build();
  }
}
