package dev.weft.config.agent;

import dev.weft.config.model.ClientWorkload;
import dev.weft.config.model.MeshModel;
import dev.weft.config.model.ServicePolicy;
import io.envoyproxy.envoy.config.route.v3.HedgePolicy;
import io.envoyproxy.envoy.config.route.v3.RetryPolicy;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * A ServicePolicy's {@code hedging}, which Envoy wants on the routes to that destination. A route
 * to several is hedged if all of them are to be, after the longest delay: a destination that nobody
 * said so of must not get a request twice.
 */
final class Hedging {

  private final MeshModel model;

  Hedging(MeshModel model) {
    this.model = model;
  }

  /** The routes, hedged where their destinations want it. Those that never retry are not. */
  List<Route> on(List<Route> routes, ClientWorkload client) {
    return routes.stream().map(route -> on(route, client)).toList();
  }

  private Route on(Route route, ClientWorkload client) {
    RouteAction action = route.getRoute();
    if (!action.hasRetryPolicy()) {
      return route;
    }
    List<Optional<Duration>> delays =
        Routes.destinations(action).map(destination -> delay(destination, client)).toList();
    if (delays.isEmpty() || delays.stream().anyMatch(Optional::isEmpty)) {
      return route;
    }
    RetryPolicy.Builder retries = action.getRetryPolicy().toBuilder();
    if (!retries.hasPerTryTimeout()) {
      delays.stream()
          .flatMap(Optional::stream)
          .max(Comparator.naturalOrder())
          .ifPresent(delay -> retries.setPerTryTimeout(Protos.duration(delay)));
    }
    return route.toBuilder()
        .setRoute(
            action.toBuilder()
                .setRetryPolicy(retries)
                .setHedgePolicy(HedgePolicy.newBuilder().setHedgeOnPerTryTimeout(true)))
        .build();
  }

  private Optional<Duration> delay(ClusterName destination, ClientWorkload client) {
    return model
        .service(destination.host(), client.namespace())
        .flatMap(service -> model.servicePolicy(service, client.namespace()))
        .map(ServicePolicy::hedging)
        .map(ServicePolicy.Hedging::delay);
  }
}
