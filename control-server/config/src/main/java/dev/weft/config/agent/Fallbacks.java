package dev.weft.config.agent;

import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import dev.weft.config.model.ClientWorkload;
import dev.weft.config.model.MeshModel;
import dev.weft.config.model.ServicePolicy;
import io.envoyproxy.envoy.config.core.v3.Metadata;
import io.envoyproxy.envoy.config.route.v3.Route;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * A ServicePolicy's {@code fallback}. Envoy has no field for it (an aggregate cluster knows nothing
 * of circuit breakers), so it is metadata of the routes to that destination, which Envoy leaves
 * alone: {@code {"dev.weft": {"fallback": {cluster: cluster}}}}.
 */
final class Fallbacks {

  private static final String FIELD = "fallback";

  private final MeshModel model;

  Fallbacks(MeshModel model) {
    this.model = model;
  }

  /** The routes, with what stands in for their destinations. */
  List<Route> on(List<Route> routes, ClientWorkload client) {
    return routes.stream().map(route -> on(route, client)).toList();
  }

  private Route on(Route route, ClientWorkload client) {
    Map<String, String> fallbacks = new TreeMap<>();
    Routes.destinations(route.getRoute())
        .forEach(
            destination ->
                fallback(destination, client)
                    .filter(fallback -> !fallback.equals(destination))
                    .ifPresent(
                        fallback -> fallbacks.put(destination.toString(), fallback.toString())));
    if (fallbacks.isEmpty()) {
      return route;
    }
    Value value = Value.newBuilder().setStructValue(Protos.struct(fallbacks)).build();
    Metadata.Builder metadata = route.getMetadata().toBuilder();
    metadata.putFilterMetadata(
        OwnMetadata.NAME, Struct.newBuilder().putFields(FIELD, value).build());
    return route.toBuilder().setMetadata(metadata).build();
  }

  private Optional<ClusterName> fallback(ClusterName destination, ClientWorkload client) {
    return model
        .service(destination.host(), client.namespace())
        .flatMap(service -> model.servicePolicy(service, client.namespace()))
        .flatMap(policy -> fallback(policy, destination, client));
  }

  private Optional<ClusterName> fallback(
      ServicePolicy policy, ClusterName destination, ClientWorkload client) {
    return Optional.ofNullable(policy.fallback())
        .map(
            fallback ->
                RouteActions.destination(
                    model, fallback, policy.metadata().namespace(), destination.port(), client));
  }

  /** What stands in for the destinations of a route that went through here. */
  static Stream<String> of(Route route) {
    return route
        .getMetadata()
        .getFilterMetadataOrDefault(OwnMetadata.NAME, Struct.getDefaultInstance())
        .getFieldsOrDefault(FIELD, Value.getDefaultInstance())
        .getStructValue()
        .getFieldsMap()
        .values()
        .stream()
        .map(Value::getStringValue);
  }
}
