package dev.weft.xds.translation;

import dev.weft.engine.model.InboundListener;
import dev.weft.engine.model.TelemetryPolicy;

/** A Listener. */
public sealed interface ListenerResource {

  /** What is to be told of its requests. */
  TelemetryPolicy telemetry();

  /** A client's listener, whose routes are a resource of their own. */
  record RoutedBy(String routeConfiguration, TelemetryPolicy telemetry)
      implements ListenerResource {}

  /** A client's listener with its routes in it. */
  record Routed(RouteResource routes, TelemetryPolicy telemetry) implements ListenerResource {}

  /** A server's listener. */
  record Inbound(InboundListener listener, TelemetryPolicy telemetry) implements ListenerResource {}
}
