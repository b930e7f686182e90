package dev.weft.xds.translation;

import com.google.protobuf.Any;
import dev.weft.engine.model.RequestLimit;
import dev.weft.engine.model.TelemetryPolicy;
import dev.weft.xds.proto.HttpConnectionManager;
import dev.weft.xds.proto.HttpFilter;
import dev.weft.xds.proto.Listener;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Envoy's config.listener.v3.Listener, a client's (api_listener) or a server's. */
final class ListenerTranslator {

  static final String CONNECTION_MANAGER =
      "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";
  static final String ROUTER = "envoy.extensions.filters.http.router.v3.Router";

  /** Configured per route, if at all. */
  private static final Set<String> CLIENT_FILTERS =
      Set.of(
          ROUTER,
          "envoy.extensions.filters.http.cors.v3.Cors",
          "envoy.extensions.filters.http.fault.v3.HTTPFault",
          "stats.PluginConfig");

  private ListenerTranslator() {}

  static ListenerResource translate(Listener listener, Findings findings) throws ResourceRefused {
    return listener.hasApiListener()
        ? client(listener.getApiListener().getApiListener(), findings)
        : new ListenerResource.Inbound(
            InboundTranslator.translate(listener, findings),
            TelemetryTranslator.translate(listener, findings));
  }

  private static ListenerResource client(Any apiListener, Findings findings)
      throws ResourceRefused {
    String at = "api_listener";
    if (!Values.typeName(apiListener).equals(CONNECTION_MANAGER)) {
      throw findings.refusal(at, "not an HttpConnectionManager");
    }
    HttpConnectionManager manager =
        Values.unpack(apiListener, HttpConnectionManager.parser(), at, findings);
    RequestLimits reader = new RequestLimits(findings);
    List<RequestLimit> limits = new ArrayList<>();
    for (HttpFilter filter : manager.getHttpFiltersList()) {
      if (RequestLimits.concerns(filter.getTypedConfig())) {
        if (!filter.getDisabled()) {
          String field = at + ".http_filters[" + filter.getName() + "]";
          reader.limit(filter, field).ifPresent(limits::add);
        }
      } else if (!CLIENT_FILTERS.contains(Values.typeName(filter.getTypedConfig()))) {
        findings.note(at + ".http_filters[" + filter.getName() + "]", "the filter is unknown");
      }
    }
    TelemetryPolicy telemetry = TelemetryTranslator.translate(manager, at, findings);
    return switch (manager.getRouteSpecifierCase()) {
      case RDS ->
          new ListenerResource.RoutedBy(manager.getRds().getRouteConfigName(), limits, telemetry);
      case ROUTE_CONFIG ->
          new ListenerResource.Routed(
              RouteTranslator.translate(manager.getRouteConfig(), findings), limits, telemetry);
      case ROUTESPECIFIER_NOT_SET -> throw findings.refusal(at, "no routes, or scoped ones");
    };
  }
}
