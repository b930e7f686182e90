package dev.weft.xds.translation;

import dev.weft.engine.model.InboundListener;

/** A Listener. */
public sealed interface ListenerResource {

  /** A client's listener, whose routes are a resource of their own. */
  record RoutedBy(String routeConfiguration) implements ListenerResource {}

  /** A client's listener with its routes in it. */
  record Routed(RouteResource routes) implements ListenerResource {}

  /** A server's listener. */
  record Inbound(InboundListener listener) implements ListenerResource {}
}
