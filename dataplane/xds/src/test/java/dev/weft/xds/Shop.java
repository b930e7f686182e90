package dev.weft.xds;

import com.google.protobuf.Any;
import com.google.protobuf.MessageLite;
import com.google.protobuf.UInt32Value;
import dev.weft.xds.proto.Address;
import dev.weft.xds.proto.ApiListener;
import dev.weft.xds.proto.Cluster;
import dev.weft.xds.proto.ClusterLoadAssignment;
import dev.weft.xds.proto.Endpoint;
import dev.weft.xds.proto.HttpConnectionManager;
import dev.weft.xds.proto.LbEndpoint;
import dev.weft.xds.proto.Listener;
import dev.weft.xds.proto.LocalityLbEndpoints;
import dev.weft.xds.proto.MeshHost;
import dev.weft.xds.proto.MeshPort;
import dev.weft.xds.proto.NameTable;
import dev.weft.xds.proto.Rds;
import dev.weft.xds.proto.Route;
import dev.weft.xds.proto.RouteAction;
import dev.weft.xds.proto.RouteConfiguration;
import dev.weft.xds.proto.RouteMatch;
import dev.weft.xds.proto.SocketAddress;
import dev.weft.xds.proto.VirtualHost;
import dev.weft.xds.proto.WeightedCluster;

/** Resources of a small mesh with one service, the catalog. */
final class Shop {

  static final String LISTENER = "catalog.shop.svc.cluster.local:8080";
  static final String ROUTE = "outbound|8080||catalog.shop.svc.cluster.local";
  static final String V1 = "outbound|8080|v1|catalog.shop.svc.cluster.local";
  static final String V2 = "outbound|8080|v2|catalog.shop.svc.cluster.local";

  private Shop() {}

  static Listener listener() {
    return Listener.newBuilder()
        .setName(LISTENER)
        .setApiListener(
            ApiListener.newBuilder()
                .setApiListener(
                    any(
                        "envoy.extensions.filters.network.http_connection_manager.v3"
                            + ".HttpConnectionManager",
                        HttpConnectionManager.newBuilder()
                            .setRds(Rds.newBuilder().setRouteConfigName(ROUTE))
                            .build())))
        .build();
  }

  static RouteConfiguration route(String... clusters) {
    WeightedCluster.Builder weighted = WeightedCluster.newBuilder();
    for (String cluster : clusters) {
      weighted.addClusters(
          WeightedCluster.ClusterWeight.newBuilder().setName(cluster).setWeight(UInt32Value.of(1)));
    }
    return route(RouteAction.newBuilder().setWeightedClusters(weighted).build());
  }

  static RouteConfiguration route(RouteAction action) {
    return RouteConfiguration.newBuilder()
        .setName(ROUTE)
        .addVirtualHosts(
            VirtualHost.newBuilder()
                .setName("catalog")
                .addDomains("*")
                .addRoutes(
                    Route.newBuilder()
                        .setMatch(RouteMatch.newBuilder().setPrefix("/"))
                        .setRoute(action)))
        .build();
  }

  static Cluster cluster(String name) {
    return Cluster.newBuilder().setName(name).setType(Cluster.DiscoveryType.EDS).build();
  }

  static ClusterLoadAssignment endpoints(String cluster, String... addresses) {
    LocalityLbEndpoints.Builder locality = LocalityLbEndpoints.newBuilder();
    for (String address : addresses) {
      locality.addLbEndpoints(
          LbEndpoint.newBuilder()
              .setEndpoint(Endpoint.newBuilder().setAddress(address(address, 8080))));
    }
    return ClusterLoadAssignment.newBuilder()
        .setClusterName(cluster)
        .addEndpoints(locality)
        .build();
  }

  static Address address(String ip, int port) {
    return Address.newBuilder()
        .setSocketAddress(SocketAddress.newBuilder().setAddress(ip).setPortValue(port))
        .build();
  }

  static NameTable names(String namespace, String... hosts) {
    NameTable.Builder table = NameTable.newBuilder().setNamespace(namespace);
    for (String host : hosts) {
      table.addHosts(
          MeshHost.newBuilder()
              .setName(host + "." + namespace + ".svc.cluster.local")
              .addLocalAliases(host)
              .addAliases(host + "." + namespace)
              .addPorts(MeshPort.newBuilder().setNumber(8080).setProtocol("http")));
    }
    return table.build();
  }

  static Any any(String type, MessageLite message) {
    return Any.newBuilder()
        .setTypeUrl("type.googleapis.com/" + type)
        .setValue(message.toByteString())
        .build();
  }
}
