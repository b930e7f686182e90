package dev.weft.config.agent;

import com.google.protobuf.Any;
import com.google.protobuf.Struct;
import com.google.protobuf.UInt32Value;
import dev.weft.config.model.ClientWorkload;
import dev.weft.config.model.HeaderEdits;
import dev.weft.config.model.MeshModel;
import dev.weft.config.model.RetryPolicy;
import dev.weft.config.model.RouteRule;
import dev.weft.config.model.Service;
import dev.weft.config.model.VirtualService;
import dev.weft.config.model.WeightedDestination;
import io.envoyproxy.envoy.config.core.v3.HeaderValue;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption.HeaderAppendAction;
import io.envoyproxy.envoy.config.core.v3.Metadata;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import io.envoyproxy.envoy.config.route.v3.WeightedCluster;
import io.envoyproxy.envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** The routes of one called host and port, and which destinations they lead to. */
final class Routes {

  private static final int HOST_SELECTION_ATTEMPTS = 5;
  private static final String PREVIOUS_HOSTS = "envoy.retry_host_predicates.previous_hosts";

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
            .virtualService(called.host(), client.namespace())
            .filter(rule -> !rule.routes().isEmpty() && isHttp(called.service(), port));
    if (rules.isEmpty()) {
      return List.of(defaultRoute(called.service(), port));
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

  private static RouteMatch anyPath() {
    return RouteMatch.newBuilder().setPrefix("/").build();
  }

  private static Route defaultRoute(Service service, int port) {
    RouteAction.Builder action =
        RouteAction.newBuilder()
            .setCluster(new ClusterName(port, "", service.host()).toString())
            .setTimeout(Protos.duration(Duration.ZERO));
    if (isHttp(service, port)) {
      action.setRetryPolicy(retries(RetryPolicy.DEFAULT));
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
            .setRoute(action(rule, source, port, client))
            .setMetadata(
                Metadata.newBuilder()
                    .putFilterMetadata(
                        "istio",
                        Struct.newBuilder()
                            .putFields(
                                "config", Protos.value(ConfigPath.of(source.metadata().resource())))
                            .build()))
            .addAllRequestHeadersToAdd(toAdd(rule.requestHeaders()))
            .addAllRequestHeadersToRemove(rule.requestHeaders().remove())
            .addAllResponseHeadersToAdd(toAdd(rule.responseHeaders()))
            .addAllResponseHeadersToRemove(rule.responseHeaders().remove());
    if (rule.fault() != null) {
      route.putTypedPerFilterConfig(HttpFilters.FAULT, Any.pack(HttpFilters.fault(rule.fault())));
    }
    return route.build();
  }

  private RouteAction action(
      RouteRule rule, VirtualService source, int port, ClientWorkload client) {
    RouteAction.Builder action =
        RouteAction.newBuilder()
            .setTimeout(Protos.duration(rule.timeout() == null ? Duration.ZERO : rule.timeout()));
    RetryPolicy retries = rule.retries() == null ? RetryPolicy.DEFAULT : rule.retries();
    if (retries.attempts() > 0) {
      action.setRetryPolicy(retries(retries));
    }
    List<WeightedDestination> destinations = rule.destinations();
    if (destinations.size() == 1 && !editsHeaders(destinations.get(0))) {
      return action
          .setCluster(destination(destinations.get(0), source, port, client).toString())
          .build();
    }
    WeightedCluster.Builder split = WeightedCluster.newBuilder();
    for (WeightedDestination destination : destinations) {
      // One destination alone takes everything, whatever its weight.
      int weight = destinations.size() == 1 ? 100 : destination.weight();
      if (weight > 0) {
        split.addClusters(
            WeightedCluster.ClusterWeight.newBuilder()
                .setName(destination(destination, source, port, client).toString())
                .setWeight(UInt32Value.of(weight))
                .addAllRequestHeadersToAdd(toAdd(destination.requestHeaders()))
                .addAllRequestHeadersToRemove(destination.requestHeaders().remove())
                .addAllResponseHeadersToAdd(toAdd(destination.responseHeaders()))
                .addAllResponseHeadersToRemove(destination.responseHeaders().remove()));
      }
    }
    return action.setWeightedClusters(split).build();
  }

  /** Istio's choice of port: that given, else the destination's only one, else that called. */
  private ClusterName destination(
      WeightedDestination destination, VirtualService source, int port, ClientWorkload client) {
    String host = model.settings().qualify(destination.host(), source.metadata().namespace());
    Optional<Service> service = model.service(host, client.namespace());
    int target = port;
    if (destination.port() != null) {
      target = destination.port();
    } else if (service.isPresent() && service.get().ports().size() == 1) {
      target = service.get().ports().get(0).number();
    }
    return new ClusterName(target, destination.subset(), service.map(Service::host).orElse(host));
  }

  private static boolean editsHeaders(WeightedDestination destination) {
    return !destination.requestHeaders().equals(HeaderEdits.NONE)
        || !destination.responseHeaders().equals(HeaderEdits.NONE);
  }

  private static io.envoyproxy.envoy.config.route.v3.RetryPolicy retries(RetryPolicy retries) {
    var policy =
        io.envoyproxy.envoy.config.route.v3.RetryPolicy.newBuilder()
            .setRetryOn(String.join(",", retries.on()))
            .setNumRetries(UInt32Value.of(retries.attempts()))
            .addAllRetriableStatusCodes(retries.statusCodes())
            .setHostSelectionRetryMaxAttempts(HOST_SELECTION_ATTEMPTS);
    if (retries.perTryTimeout() != null) {
      policy.setPerTryTimeout(Protos.duration(retries.perTryTimeout()));
    }
    if (retries.backOff() != null) {
      policy.getRetryBackOffBuilder().setBaseInterval(Protos.duration(retries.backOff()));
    }
    if (retries.avoidPreviousHosts()) {
      policy
          .addRetryHostPredicateBuilder()
          .setName(PREVIOUS_HOSTS)
          .setTypedConfig(Any.pack(PreviousHostsPredicate.getDefaultInstance()));
    }
    return policy.build();
  }

  private static List<HeaderValueOption> toAdd(HeaderEdits edits) {
    List<HeaderValueOption> options = new ArrayList<>();
    options.addAll(options(edits.set(), HeaderAppendAction.OVERWRITE_IF_EXISTS_OR_ADD));
    options.addAll(options(edits.add(), HeaderAppendAction.APPEND_IF_EXISTS_OR_ADD));
    return options;
  }

  private static List<HeaderValueOption> options(
      Map<String, String> headers, HeaderAppendAction action) {
    return headers.entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .map(
            header ->
                HeaderValueOption.newBuilder()
                    .setHeader(
                        HeaderValue.newBuilder()
                            .setKey(header.getKey())
                            .setValue(header.getValue()))
                    .setAppendAction(action)
                    .build())
        .toList();
  }

  /** The destinations that routes lead to, each once, in the order of their names. */
  static List<ClusterName> destinations(List<Route> routes) {
    return routes.stream()
        .map(Route::getRoute)
        .flatMap(
            action ->
                action.hasWeightedClusters()
                    ? action.getWeightedClusters().getClustersList().stream()
                        .map(WeightedCluster.ClusterWeight::getName)
                    : Stream.of(action.getCluster()))
        .map(ClusterName::parse)
        .flatMap(Optional::stream)
        .distinct()
        .sorted()
        .toList();
  }
}
