package dev.weft.xds.translation;

import dev.weft.engine.model.InboundFilter;
import dev.weft.engine.model.InboundListener;
import dev.weft.engine.model.JwtProvider;
import dev.weft.engine.model.PathNormalization;
import dev.weft.engine.model.TelemetryPolicy;
import java.util.Set;
import java.util.TreeSet;

/** A Listener. */
public sealed interface ListenerResource {

  /** What is to be told of its requests. */
  TelemetryPolicy telemetry();

  /**
   * A client's listener, whose routes are a resource of their own.
   *
   * @param paths how it reads them
   */
  record RoutedBy(String routeConfiguration, PathNormalization paths, TelemetryPolicy telemetry)
      implements ListenerResource {}

  /** A client's listener with its routes in it. */
  record Routed(RouteResource routes, TelemetryPolicy telemetry) implements ListenerResource {}

  /** A server's listener. */
  record Inbound(InboundListener listener, TelemetryPolicy telemetry) implements ListenerResource {

    /** Names of the clusters that its filters ask. */
    public Set<String> clusters() {
      Set<String> clusters = new TreeSet<>();
      for (InboundFilter filter : listener.filters()) {
        if (filter instanceof InboundFilter.ExternalAuthorization external) {
          clusters.add(external.authorizer().cluster());
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
  }
}
