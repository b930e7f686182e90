package dev.weft.xds.translation;

import dev.weft.engine.model.InboundFilter;
import dev.weft.engine.model.InboundListener;
import dev.weft.engine.model.JwtProvider;
import dev.weft.engine.model.RateLimit;
import dev.weft.engine.model.RequestLimit;
import dev.weft.engine.model.TelemetryPolicy;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** A Listener. */
public sealed interface ListenerResource {

  /** What is to be told of its requests. */
  TelemetryPolicy telemetry();

  /** What a client's requests have to pass; a server's are among its filters. */
  List<RequestLimit> limits();

  /** Names of the clusters that its filters ask. */
  default Set<String> clusters() {
    return clusters(limits());
  }

  private static Set<String> clusters(List<? extends InboundFilter> filters) {
    Set<String> clusters = new TreeSet<>();
    for (InboundFilter filter : filters) {
      if (filter instanceof InboundFilter.ExternalAuthorization external) {
        clusters.add(external.authorizer().cluster());
      } else if (filter instanceof RateLimit.Global global) {
        clusters.add(global.cluster());
      } else if (filter instanceof InboundFilter.JwtAuthentication jwt) {
        for (JwtProvider provider : jwt.providers()) {
          // Only these go through the mesh.
          if (provider.keys() instanceof JwtProvider.Keys.Remote remote
              && remote.uri().startsWith("http:")
              && !remote.cluster().isEmpty()) {
            clusters.add(remote.cluster());
          }
        }
      }
    }
    return clusters;
  }

  /** A client's listener, whose routes are a resource of their own. */
  record RoutedBy(String routeConfiguration, List<RequestLimit> limits, TelemetryPolicy telemetry)
      implements ListenerResource {

    public RoutedBy {
      limits = List.copyOf(limits);
    }
  }

  /** A client's listener with its routes in it. */
  record Routed(RouteResource routes, List<RequestLimit> limits, TelemetryPolicy telemetry)
      implements ListenerResource {

    public Routed {
      limits = List.copyOf(limits);
    }
  }

  /** A server's listener. */
  record Inbound(InboundListener listener, TelemetryPolicy telemetry) implements ListenerResource {

    @Override
    public List<RequestLimit> limits() {
      return List.of();
    }

    @Override
    public Set<String> clusters() {
      return ListenerResource.clusters(listener.filters());
    }
  }
}
