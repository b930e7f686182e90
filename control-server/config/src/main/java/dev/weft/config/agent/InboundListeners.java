package dev.weft.config.agent;

import com.google.protobuf.Any;
import dev.weft.config.model.ClientWorkload;
import dev.weft.config.model.MeshModel;
import dev.weft.config.model.PeerAuthentication.Mode;
import dev.weft.config.model.Telemetry;
import io.envoyproxy.envoy.config.core.v3.TrafficDirection;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.config.listener.v3.FilterChainMatch;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.NonForwardingAction;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;

/** A listening port: what connections it takes, and who may ask what. */
final class InboundListeners {

  /** Begins an inbound listener's name; {@code IP:port} ends it. */
  static final String PREFIX = "xds.istio.io/grpc/lds/inbound/";

  private final MeshModel model;
  private final Rbac rbac;
  private final Reporting reporting;

  InboundListeners(MeshModel model) {
    this.model = model;
    rbac = new Rbac(model.settings());
    reporting = new Reporting(model);
  }

  Listener listener(ClientWorkload workload, String address, int port) {
    Mode mode = model.peerAuthentication(workload.namespace(), workload.labels(), port);
    Filter http = http(workload, port);
    Listener.Builder listener =
        Listener.newBuilder()
            .setName(PREFIX + (address.contains(":") ? "[" + address + "]" : address) + ":" + port)
            .setAddress(Protos.address(address, port))
            .setTrafficDirection(TrafficDirection.INBOUND);
    if (mode != Mode.DISABLE) {
      FilterChain.Builder tls =
          FilterChain.newBuilder()
              .setName("mutual-tls")
              .setTransportSocket(Tls.server(model.settings()))
              .addFilters(http);
      if (mode == Mode.PERMISSIVE) {
        // TLS of other kinds is the application's own.
        tls.setFilterChainMatch(
            FilterChainMatch.newBuilder()
                .setTransportProtocol("tls")
                .addAllApplicationProtocols(Tls.MESH_ALPN));
      }
      listener.addFilterChains(tls);
    }
    if (mode != Mode.STRICT) {
      listener.addFilterChains(FilterChain.newBuilder().setName("plaintext").addFilters(http));
    }
    return listener.build();
  }

  private Filter http(ClientWorkload workload, int port) {
    HttpConnectionManager.Builder manager =
        HttpConnectionManager.newBuilder()
            .setStatPrefix("inbound_" + port)
            .setRouteConfig(
                RouteConfiguration.newBuilder()
                    .setName("inbound|" + port + "||")
                    .addVirtualHosts(
                        VirtualHost.newBuilder()
                            .setName("inbound|http|" + port)
                            .addDomains("*")
                            .addRoutes(
                                Route.newBuilder()
                                    .setName("default")
                                    .setMatch(RouteMatch.newBuilder().setPrefix("/"))
                                    .setNonForwardingAction(
                                        NonForwardingAction.getDefaultInstance()))))
            .addAllHttpFilters(
                rbac.filters(model.authorizationPolicies(workload.namespace(), workload.labels())));
    reporting.into(manager, workload, Telemetry.Mode.SERVER);
    manager.addHttpFilters(HttpFilters.ROUTER);
    return Filter.newBuilder()
        .setName("envoy.filters.network.http_connection_manager")
        .setTypedConfig(Any.pack(manager.build()))
        .build();
  }
}
