package dev.weft.config.agent;

import dev.weft.config.model.ClientWorkload;
import dev.weft.config.model.LoadBalancer;
import dev.weft.config.model.LoadBalancer.CookieKey;
import dev.weft.config.model.LoadBalancer.HashKey;
import dev.weft.config.model.LoadBalancer.HeaderKey;
import dev.weft.config.model.LoadBalancer.QueryParameterKey;
import dev.weft.config.model.LoadBalancer.SourceIpKey;
import dev.weft.config.model.MeshModel;
import dev.weft.config.model.TrafficPolicy;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteAction.HashPolicy;
import java.util.List;
import java.util.stream.Stream;

/**
 * What of a request is hashed: a DestinationRule's {@code consistentHash}, which Envoy wants on the
 * routes to that destination.
 */
final class HashPolicies {

  private final MeshModel model;
  private final Policies policies;

  HashPolicies(MeshModel model) {
    this.model = model;
    policies = new Policies(model);
  }

  /** The routes, with what their destinations want to be hashed. */
  List<Route> on(List<Route> routes, ClientWorkload client) {
    return routes.stream().map(route -> on(route, client)).toList();
  }

  private Route on(Route route, ClientWorkload client) {
    if (!route.hasRoute()) {
      return route;
    }
    List<HashPolicy> hashes =
        Routes.destinations(route.getRoute())
            .distinct()
            .sorted()
            .flatMap(destination -> hash(destination, client))
            .distinct()
            .toList();
    return hashes.isEmpty()
        ? route
        : route.toBuilder().setRoute(route.getRoute().toBuilder().addAllHashPolicy(hashes)).build();
  }

  private Stream<HashPolicy> hash(ClusterName destination, ClientWorkload client) {
    return model
        .service(destination.host(), client.namespace())
        .flatMap(service -> policies.of(destination, service, client))
        .map(TrafficPolicy::loadBalancer)
        .map(LoadBalancer::consistentHash)
        .map(LoadBalancer.ConsistentHash::key)
        .map(HashPolicies::policy)
        .stream();
  }

  private static HashPolicy policy(HashKey key) {
    HashPolicy.Builder policy = HashPolicy.newBuilder();
    if (key instanceof HeaderKey header) {
      policy.getHeaderBuilder().setHeaderName(header.name());
    } else if (key instanceof QueryParameterKey parameter) {
      policy.getQueryParameterBuilder().setName(parameter.name());
    } else if (key instanceof SourceIpKey) {
      policy.getConnectionPropertiesBuilder().setSourceIp(true);
    } else if (key instanceof CookieKey cookie) {
      HashPolicy.Cookie.Builder made =
          policy.getCookieBuilder().setName(cookie.name()).setPath(cookie.path());
      if (cookie.ttl() != null) {
        made.setTtl(Protos.duration(cookie.ttl()));
      }
      cookie
          .attributes()
          .forEach((name, value) -> made.addAttributesBuilder().setName(name).setValue(value));
    }
    return policy.build();
  }
}
