package dev.weft.config.agent;

import com.google.protobuf.Any;
import com.google.protobuf.BoolValue;
import dev.weft.config.model.AuthorizationPolicy;
import dev.weft.config.model.ClientWorkload;
import dev.weft.config.model.MeshModel;
import dev.weft.config.model.PeerAuthentication.Mode;
import dev.weft.config.model.RequestAuthentication;
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
import java.util.List;

/** A listening port: what connections it takes, and who may ask what. */
final class InboundListeners {

  /** Begins an inbound listener's name; {@code IP:port} ends it. */
  static final String PREFIX = "xds.istio.io/grpc/lds/inbound/";

  private final MeshModel model;
  private final JwtFilter jwt;
  private final Rbac rbac;
  private final Reporting reporting;
  private final TrustDomains trustDomains;

  InboundListeners(MeshModel model) {
    this.model = model;
    jwt = new JwtFilter(model);
    rbac = new Rbac(model);
    reporting = new Reporting(model);
    trustDomains = new TrustDomains(model.settings());
  }

  Listener listener(ClientWorkload workload, String address, int port) {
    Mode mode = model.peerAuthentication(workload.namespace(), workload.labels(), port);
    Filter http = http(workload, port);
    Listener.Builder listener =
        Listener.newBuilder()
            .setName(PREFIX + (address.contains(":") ? "[" + address + "]" : address) + ":" + port)
            .setAddress(Protos.address(address, port))
            .setTrafficDirection(TrafficDirection.INBOUND);
    reporting.into(listener, workload, Telemetry.Mode.SERVER);
    Integer maxRequests = model.scope(workload).maxRequests(port);
    if (maxRequests != null) {
      OwnMetadata.maxRequests(maxRequests, listener.getMetadataBuilder());
    }
    if (mode != Mode.DISABLE) {
      FilterChain.Builder tls =
          FilterChain.newBuilder()
              .setName("mutual-tls")
              .setTransportSocket(Tls.server(trustDomains.all()))
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

  private List<RequestAuthentication> authentications(ClientWorkload workload) {
    return model.requestAuthentications(workload.namespace(), workload.labels());
  }

  private Filter http(ClientWorkload workload, int port) {
    List<AuthorizationPolicy> policies =
        model.authorizationPolicies(workload.namespace(), workload.labels());
    LimitFilters limits =
        LimitFilters.of(
            model.requestLimits(workload.namespace(), workload.labels(), port),
            model,
            workload.namespace());
    HttpConnectionManager.Builder manager =
        HttpConnectionManager.newBuilder()
            .setStatPrefix("inbound_" + port)
            // remote.ip is what the last proxy wrote, as with Istio's sidecars.
            .setUseRemoteAddress(BoolValue.of(false))
            .setRouteConfig(
                RouteConfiguration.newBuilder()
                    .setName("inbound|" + port + "||")
                    .addVirtualHosts(
                        VirtualHost.newBuilder()
                            .setName("inbound|http|" + port)
                            .addDomains("*")
                            .addAllRateLimits(limits.rules())
                            .addRoutes(
                                Route.newBuilder()
                                    .setName("default")
                                    .setMatch(RouteMatch.newBuilder().setPrefix("/"))
                                    .setNonForwardingAction(
                                        NonForwardingAction.getDefaultInstance()))))
            .addAllHttpFilters(limits.first())
            .addAllHttpFilters(rbac.custom(policies))
            .addAllHttpFilters(
                jwt.of(authentications(workload), workload.namespace()).stream().toList())
            .addAllHttpFilters(rbac.filters(policies));
    reporting.into(manager, workload, Telemetry.Mode.SERVER);
    manager.addAllHttpFilters(limits.last()).addHttpFilters(HttpFilters.ROUTER);
    Paths.normalize(manager, model.settings().config().pathNormalization());
    return Filter.newBuilder()
        .setName("envoy.filters.network.http_connection_manager")
        .setTypedConfig(Any.pack(manager.build()))
        .build();
  }
}
