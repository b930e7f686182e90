package dev.weft.config.agent;

import com.google.protobuf.Any;
import com.google.protobuf.Struct;
import dev.weft.config.model.ClientWorkload;
import dev.weft.config.model.MeshModel;
import dev.weft.config.model.RetryPolicy;
import dev.weft.config.model.RouteRule;
import dev.weft.config.model.Service;
import dev.weft.config.model.VirtualService;
import io.envoyproxy.envoy.config.core.v3.Metadata;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import io.envoyproxy.envoy.config.route.v3.WeightedCluster;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The routes of one called host and port, and which destinations they lead to. */
final class Routes {

  /** Istio's name for a route that nobody wrote. */
  private static final String DEFAULT_ROUTE = "default";

  private final MeshModel model;

  Routes(MeshModel model) {
    this.model = model;
  }

  /** In the order in which they are tried. */
  List<Route> routes(HostNames.Called called, int port, ClientWorkload client) {
    Optional<VirtualService> rules =
        model
            .virtualService(called.name(), port, client)
            .filter(rule -> !rule.routes().isEmpty() && isHttp(called.service(), port));
    if (rules.isEmpty()) {
      return List.of(defaultRoute(called, port));
    }
    List<Route> routes = new ArrayList<>();
    for (RouteRule rule : rules.get().routes()) {
      if (rule.matches().isEmpty()) {
        routes.add(route(rule, "", anyPath(), rules.get(), port, client));
        // What follows can't be reached.
        break;
      }
      for (dev.weft.config.model.RouteMatch match : rule.matches()) {
        if (match.concerns(client, port)) {
          routes.add(
              route(rule, match.name(), RouteMatches.match(match), rules.get(), port, client));
        }
      }
    }
    return routes;
  }

  private static boolean isHttp(Service service, int port) {
    return service.port(port).map(p -> p.protocol().isHttp()).orElse(false);
  }

  static RouteMatch anyPath() {
    return RouteMatch.newBuilder().setPrefix("/").build();
  }

  private Route defaultRoute(HostNames.Called called, int port) {
    Service service = called.service();
    RouteAction.Builder action =
        RouteAction.newBuilder()
            .setCluster(
                new ClusterName(port, "", service.destinationHost(called.host())).toString());
    RouteActions.timeouts(action, Duration.ZERO);
    if (isHttp(service, port)) {
      RetryPolicy retries = model.settings().config().retries();
      if (retries.attempts() > 0) {
        action.setRetryPolicy(RouteActions.retries(retries));
      }
    }
    return Route.newBuilder().setName(DEFAULT_ROUTE).setMatch(anyPath()).setRoute(action).build();
  }

  private Route route(
      RouteRule rule,
      String matchName,
      RouteMatch match,
      VirtualService source,
      int port,
      ClientWorkload client) {
    Route.Builder route =
        Route.newBuilder()
            .setName(matchName.isEmpty() ? rule.name() : rule.name() + "." + matchName)
            .setMatch(match)
            .setMetadata(
                Metadata.newBuilder()
                    .putFilterMetadata(
                        "istio",
                        Struct.newBuilder()
                            .putFields(
                                "config", Protos.value(ConfigPath.of(source.metadata().resource())))
                            .build()))
            .addAllRequestHeadersToAdd(HeaderOptions.toAdd(rule.requestHeaders()))
            .addAllRequestHeadersToRemove(rule.requestHeaders().remove())
            .addAllResponseHeadersToAdd(HeaderOptions.toAdd(rule.responseHeaders()))
            .addAllResponseHeadersToRemove(rule.responseHeaders().remove());
    new RouteActions(model, source, port, client).set(route, rule);
    if (rule.cors() != null) {
      route.putTypedPerFilterConfig(HttpFilters.CORS, Any.pack(HttpFilters.cors(rule.cors())));
    }
    if (rule.fault() != null) {
      route.putTypedPerFilterConfig(HttpFilters.FAULT, Any.pack(HttpFilters.fault(rule.fault())));
    }
    return route.build();
  }

  /**
   * Where routes lead requests, in need too, and copies of them: each once, in the order of their
   * names.
   */
  static List<ClusterName> destinations(List<Route> routes) {
    return routes.stream()
        .flatMap(
            route ->
                Stream.of(
                        destinations(route.getRoute()),
                        mirrors(route.getRoute()),
                        parsed(Fallbacks.of(route)))
                    .flatMap(names -> names))
        .distinct()
        .sorted()
        .toList();
  }

  /** Where a route leads requests. */
  static Stream<ClusterName> destinations(RouteAction action) {
    return parsed(
        Stream.concat(
            action.getWeightedClusters().getClustersList().stream()
                .map(WeightedCluster.ClusterWeight::getName),
            Stream.of(action.getCluster())));
  }

  private static Stream<ClusterName> mirrors(RouteAction action) {
    return parsed(
        action.getRequestMirrorPoliciesList().stream()
            .map(RouteAction.RequestMirrorPolicy::getCluster));
  }

  private static Stream<ClusterName> parsed(Stream<String> names) {
    return names.map(ClusterName::parse).flatMap(Optional::stream);
  }
}
