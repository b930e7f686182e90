package dev.weft.xds.translation;

import com.google.protobuf.Any;
import dev.weft.engine.model.PathNormalization;
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
        ? client(listener, findings)
        : new ListenerResource.Inbound(
            InboundTranslator.translate(listener, findings),
            TelemetryTranslator.translate(listener, findings));
  }

  private static ListenerResource client(Listener listener, Findings findings)
      throws ResourceRefused {
    Any apiListener = listener.getApiListener().getApiListener();
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
    TelemetryPolicy telemetry =
        TelemetryTranslator.translate(manager, at, TelemetryTranslator.more(listener), findings);
    return switch (manager.getRouteSpecifierCase()) {
      case RDS ->
          new ListenerResource.RoutedBy(
              manager.getRds().getRouteConfigName(),
              paths(manager, at, findings),
              limits,
              telemetry);
      case ROUTE_CONFIG ->
          new ListenerResource.Routed(
              RouteTranslator.translate(manager.getRouteConfig(), findings)
                  .with(paths(manager, at, findings)),
              limits,
              telemetry);
      case ROUTESPECIFIER_NOT_SET -> throw findings.refusal(at, "no routes, or scoped ones");
    };
  }

  /** As Envoy, which leaves them alone unless told otherwise. */
  private static PathNormalization paths(
      HttpConnectionManager manager, String at, Findings findings) {
    boolean unescape =
        switch (manager.getPathWithEscapedSlashesAction()) {
          case IMPLEMENTATION_SPECIFIC_DEFAULT, KEEP_UNCHANGED -> false;
          case UNESCAPE_AND_FORWARD -> true;
          case REJECT_REQUEST, UNESCAPE_AND_REDIRECT, UNRECOGNIZED -> {
            findings.note(
                at + ".path_with_escaped_slashes_action",
                manager.getPathWithEscapedSlashesAction().name() + " has no effect for a client");
            yield false;
          }
        };
    return new PathNormalization(
        manager.getNormalizePath().getValue(), manager.getMergeSlashes(), unescape);
  }
}
