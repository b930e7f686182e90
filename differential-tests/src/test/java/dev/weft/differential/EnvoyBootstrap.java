package dev.weft.differential;

import com.google.protobuf.Any;
import com.google.protobuf.BoolValue;
import com.google.protobuf.Duration;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Struct;
import com.google.protobuf.UInt32Value;
import com.google.protobuf.Value;
import dev.weft.config.agent.Chain;
import io.envoyproxy.envoy.config.accesslog.v3.AccessLog;
import io.envoyproxy.envoy.config.bootstrap.v3.Admin;
import io.envoyproxy.envoy.config.bootstrap.v3.Bootstrap;
import io.envoyproxy.envoy.config.bootstrap.v3.ClusterManager;
import io.envoyproxy.envoy.config.bootstrap.v3.LayeredRuntime;
import io.envoyproxy.envoy.config.bootstrap.v3.RuntimeLayer;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.cluster.v3.Cluster.TransportSocketMatch;
import io.envoyproxy.envoy.config.core.v3.Address;
import io.envoyproxy.envoy.config.core.v3.CidrRange;
import io.envoyproxy.envoy.config.core.v3.Locality;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.config.core.v3.SocketAddress;
import io.envoyproxy.envoy.config.core.v3.SubstitutionFormatString;
import io.envoyproxy.envoy.config.core.v3.TransportSocket;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.endpoint.v3.Endpoint;
import io.envoyproxy.envoy.config.endpoint.v3.LbEndpoint;
import io.envoyproxy.envoy.config.endpoint.v3.LocalityLbEndpoints;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.listener.v3.ListenerFilter;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.extensions.access_loggers.file.v3.FileAccessLog;
import io.envoyproxy.envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.ForwardClientCertDetails;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.SetCurrentClientCertDetails;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Makes of the agent's resources an Envoy that holds them: the same connection managers, routes and
 * clusters, but on listeners of their own, inline, and with certificates in place. What else Istio
 * sets on its sidecars, and the engine does by itself, is set here.
 */
final class EnvoyBootstrap {

  private static final ListenerFilter TLS_INSPECTOR =
      ListenerFilter.newBuilder()
          .setName("envoy.filters.listener.tls_inspector")
          .setTypedConfig(Any.pack(TlsInspector.getDefaultInstance()))
          .build();

  private final Path accessLog;
  private final Bootstrap.Builder bootstrap = Bootstrap.newBuilder();
  private final Set<String> clusters = new HashSet<>();

  /**
   * @param locality where it runs
   */
  EnvoyBootstrap(int adminPort, Locality locality, Path accessLog) {
    this.accessLog = accessLog;
    bootstrap
        .setNode(
            Node.newBuilder()
                .setId("differential")
                .setCluster("differential")
                .setLocality(locality))
        .setAdmin(Admin.newBuilder().setAddress(address("127.0.0.1", adminPort)))
        .setLayeredRuntime(
            LayeredRuntime.newBuilder()
                .addLayers(
                    RuntimeLayer.newBuilder()
                        .setName("istio")
                        .setStaticLayer(
                            Struct.newBuilder()
                                .putFields(
                                    "re2.max_program_size.error_level",
                                    Value.newBuilder().setNumberValue(32_768).build()))));
  }

  /** What a call needs, served on a port of Envoy's. */
  void outbound(int port, Chain chain, Certificates.Identity identity)
      throws InvalidProtocolBufferException {
    HttpConnectionManager.Builder manager =
        chain
            .listener()
            .getApiListener()
            .getApiListener()
            .unpack(HttpConnectionManager.class)
            .toBuilder()
            .clearRds();
    manager
        .getRouteConfigBuilder()
        .mergeFrom(chain.routes())
        // As when it comes by RDS: routes may name clusters that don't exist.
        .setValidateClusters(BoolValue.of(false));
    manager
        // What callers of this machine ask for by Envoy's own headers is done.
        .setUseRemoteAddress(BoolValue.of(true))
        .setSkipXffAppend(true)
        .setInternalAddressConfig(
            HttpConnectionManager.InternalAddressConfig.newBuilder()
                .addCidrRanges(
                    CidrRange.newBuilder()
                        .setAddressPrefix("127.0.0.0")
                        .setPrefixLen(UInt32Value.of(8))));
    listen(port, manager);
    clusters(chain, identity);
  }

  /** Its replicas and itself, as Istio's bootstrap has them; there is one Envoy for all. */
  void localCluster(ClusterLoadAssignment replicas) {
    if (bootstrap.hasClusterManager()) {
      throw new IllegalStateException("only one scenario's workload can serve something");
    }
    bootstrap.setClusterManager(
        ClusterManager.newBuilder().setLocalClusterName(replicas.getClusterName()));
    bootstrap
        .getStaticResourcesBuilder()
        .addClusters(
            Cluster.newBuilder()
                .setName(replicas.getClusterName())
                .setType(Cluster.DiscoveryType.STATIC)
                .setLoadAssignment(replicas));
  }

  /** What a filter asks, which nobody calls through Envoy. */
  void clusters(Chain chain, Certificates.Identity identity) throws InvalidProtocolBufferException {
    for (Cluster cluster : chain.clusters()) {
      if (!clusters.add(cluster.getName())) {
        continue;
      }
      Cluster.Builder inline = cluster.toBuilder();
      chain.assignments().stream()
          .filter(assignment -> assignment.getClusterName().equals(cluster.getName()))
          .forEach(
              assignment ->
                  inline
                      .setType(Cluster.DiscoveryType.STATIC)
                      .clearEdsClusterConfig()
                      .setLoadAssignment(assignment));
      if (inline.hasTransportSocket()) {
        inline.setTransportSocket(identity.in(inline.getTransportSocket()));
      }
      for (TransportSocketMatch.Builder match : inline.getTransportSocketMatchesBuilderList()) {
        match.setTransportSocket(identity.in(match.getTransportSocket()));
      }
      NewerFields.into(inline);
      bootstrap.getStaticResourcesBuilder().addClusters(inline);
    }
  }

  /** A server's port, in front of the application at {@code address:port}. */
  void inbound(Listener listener, Certificates.Identity identity, String address, int port)
      throws InvalidProtocolBufferException {
    int listenerPort = listener.getAddress().getSocketAddress().getPortValue();
    String cluster = "inbound|" + listenerPort + "||";
    Listener.Builder own =
        listener.toBuilder()
            .setName("port-" + listenerPort)
            .setAddress(address(Side.ENVOY.address, listenerPort))
            .clearMetadata()
            .addListenerFilters(TLS_INSPECTOR);
    for (FilterChain.Builder chain : own.getFilterChainsBuilderList()) {
      HttpConnectionManager.Builder manager =
          chain.getFilters(0).getTypedConfig().unpack(HttpConnectionManager.class).toBuilder();
      manager
          .getRouteConfigBuilder()
          .getVirtualHostsBuilder(0)
          .getRoutesBuilder(0)
          .setRoute(
              RouteAction.newBuilder()
                  .setCluster(cluster)
                  .setTimeout(Duration.getDefaultInstance()));
      manager
          .setForwardClientCertDetails(ForwardClientCertDetails.APPEND_FORWARD)
          .setSetCurrentClientCertDetails(
              SetCurrentClientCertDetails.newBuilder()
                  .setSubject(BoolValue.of(true))
                  .setUri(true)
                  .setDns(true));
      if (chain.hasTransportSocket()) {
        chain.setTransportSocket(identity.in(chain.getTransportSocket()));
      }
      chain.setFilters(0, filter(logged(manager)));
    }
    bootstrap.getStaticResourcesBuilder().addListeners(own);
    cluster(cluster, address, port);
  }

  /** A server of the mesh in front of the upstream at {@code address:upstreamPort}. */
  void meshServer(int port, TransportSocket tls, String address, int upstreamPort) {
    bootstrap
        .getStaticResourcesBuilder()
        .addListeners(
            Listener.newBuilder()
                .setName(MeshServer.NAME)
                .setAddress(address(address, port))
                .addListenerFilters(TLS_INSPECTOR)
                .addFilterChains(
                    FilterChain.newBuilder()
                        .setTransportSocket(tls)
                        .addFilters(filter(MeshServer.manager()))));
    cluster(MeshServer.NAME, address, upstreamPort);
  }

  private void cluster(String name, String address, int port) {
    bootstrap
        .getStaticResourcesBuilder()
        .addClusters(
            Cluster.newBuilder()
                .setName(name)
                .setType(Cluster.DiscoveryType.STATIC)
                .setLoadAssignment(
                    ClusterLoadAssignment.newBuilder()
                        .setClusterName(name)
                        .addEndpoints(
                            LocalityLbEndpoints.newBuilder()
                                .addLbEndpoints(
                                    LbEndpoint.newBuilder()
                                        .setEndpoint(
                                            Endpoint.newBuilder()
                                                .setAddress(address(address, port)))))));
  }

  Bootstrap build() {
    return bootstrap.build();
  }

  private void listen(int port, HttpConnectionManager.Builder manager) {
    bootstrap
        .getStaticResourcesBuilder()
        .addListeners(
            Listener.newBuilder()
                .setName("port-" + port)
                .setAddress(address(Side.ENVOY.address, port))
                .addFilterChains(FilterChain.newBuilder().addFilters(filter(logged(manager)))));
  }

  private HttpConnectionManager logged(HttpConnectionManager.Builder manager) {
    return manager
        .setNormalizePath(BoolValue.of(true))
        .addAccessLog(
            AccessLog.newBuilder()
                .setName("envoy.access_loggers.file")
                .setTypedConfig(Any.pack(log())))
        .build();
  }

  private static Filter filter(HttpConnectionManager manager) {
    return Filter.newBuilder()
        .setName("envoy.filters.network.http_connection_manager")
        .setTypedConfig(Any.pack(manager))
        .build();
  }

  private FileAccessLog log() {
    Struct.Builder format = Struct.newBuilder();
    Map.of(
            "id", "%REQ(X-CASE)%",
            "flags", "%RESPONSE_FLAGS%",
            "attempts", "%UPSTREAM_REQUEST_ATTEMPT_COUNT%",
            "cluster", "%UPSTREAM_CLUSTER%",
            "route", "%ROUTE_NAME%",
            "details", "%RESPONSE_CODE_DETAILS%")
        .forEach(
            (name, operator) ->
                format.putFields(name, Value.newBuilder().setStringValue(operator).build()));
    return FileAccessLog.newBuilder()
        .setPath(accessLog.toString())
        .setLogFormat(SubstitutionFormatString.newBuilder().setJsonFormat(format))
        .build();
  }

  private static Address address(String address, int port) {
    return Address.newBuilder()
        .setSocketAddress(SocketAddress.newBuilder().setAddress(address).setPortValue(port))
        .build();
  }
}
