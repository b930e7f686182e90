package dev.weft.config.agent;

import com.google.common.net.InetAddresses;
import com.google.protobuf.Struct;
import com.google.protobuf.UInt32Value;
import com.google.protobuf.Value;
import dev.weft.config.model.ClientWorkload;
import dev.weft.config.model.DestinationRule;
import dev.weft.config.model.Endpoint;
import dev.weft.config.model.MeshModel;
import dev.weft.config.model.Service;
import dev.weft.config.model.ServicePolicy;
import dev.weft.config.model.TrafficPolicy;
import io.envoyproxy.envoy.config.core.v3.HealthStatus;
import io.envoyproxy.envoy.config.core.v3.Metadata;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.endpoint.v3.LbEndpoint;
import io.envoyproxy.envoy.config.endpoint.v3.LocalityLbEndpoints;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The endpoints of one destination, as one client is to use them. */
final class Assignments {

  private final MeshModel model;
  private final Policies policies;

  Assignments(MeshModel model) {
    this.model = model;
    policies = new Policies(model);
  }

  /**
   * The endpoints that a cluster of this name has for the client; none for a subset that nobody
   * defined.
   */
  ClusterLoadAssignment assignment(ClusterName name, Service service, ClientWorkload client) {
    TrafficPolicy policy = policies.of(name, service, client).orElse(TrafficPolicy.NONE);
    Integer checkedPort =
        model
            .servicePolicy(service, client.namespace())
            .map(ServicePolicy::healthCheck)
            .map(ServicePolicy.HealthCheck::port)
            .orElse(null);
    ClusterLoadAssignment.Builder assignment =
        ClusterLoadAssignment.newBuilder().setClusterName(name.toString());
    for (LocalityGroup group :
        LocalityGroup.groups(
            chosen(name, service, client),
            policy,
            model.settings().config().destinations().localities(),
            client)) {
      assignment.addEndpoints(
          LocalityLbEndpoints.newBuilder()
              .setLocality(Protos.locality(group.locality()))
              .setPriority(group.priority())
              .addAllLbEndpoints(
                  group.endpoints().stream()
                      .map(endpoint -> endpoint(endpoint, service, checkedPort))
                      .toList())
              .setLoadBalancingWeight(UInt32Value.of(group.weight())));
    }
    return assignment.build();
  }

  /**
   * Where the application would have dialled: the address that was called, if it is one; else the
   * service's virtual addresses if it has any, else what the called host's name stands for.
   */
  ClusterLoadAssignment original(ClusterName name, Service service) {
    LocalityLbEndpoints.Builder endpoints = LocalityLbEndpoints.newBuilder();
    List<String> addresses =
        service.addresses().isEmpty() || InetAddresses.isInetAddress(name.host())
            ? List.of(name.host())
            : service.addresses();
    for (String address : addresses) {
      endpoints.addLbEndpoints(
          LbEndpoint.newBuilder()
              .setEndpoint(
                  io.envoyproxy.envoy.config.endpoint.v3.Endpoint.newBuilder()
                      .setAddress(Protos.address(address, name.port()))));
    }
    return ClusterLoadAssignment.newBuilder()
        .setClusterName(name.toString())
        .addEndpoints(endpoints)
        .build();
  }

  private List<Endpoint> chosen(ClusterName name, Service service, ClientWorkload client) {
    List<Endpoint> all = service.endpoints(name.port());
    if (name.subset().isEmpty()) {
      return all;
    }
    return model
        .destinationRule(service, client)
        .flatMap(rule -> rule.subset(name.subset()))
        .map(DestinationRule.Subset::labels)
        .map(
            labels ->
                all.stream()
                    .filter(e -> e.labels().entrySet().containsAll(labels.entrySet()))
                    .toList())
        .orElse(List.of());
  }

  /**
   * @param checkedPort where health checks go; null: where requests go
   */
  private LbEndpoint endpoint(Endpoint endpoint, Service service, @Nullable Integer checkedPort) {
    var envoy =
        io.envoyproxy.envoy.config.endpoint.v3.Endpoint.newBuilder()
            .setAddress(Protos.address(endpoint.address(), endpoint.port()));
    if (checkedPort != null) {
      envoy.getHealthCheckConfigBuilder().setPortValue(checkedPort);
    }
    return LbEndpoint.newBuilder()
        .setEndpoint(envoy)
        .setHealthStatus(endpoint.ready() ? HealthStatus.HEALTHY : HealthStatus.DRAINING)
        .setLoadBalancingWeight(UInt32Value.of(endpoint.weight()))
        .setMetadata(metadata(endpoint, service))
        .build();
  }

  private Metadata metadata(Endpoint endpoint, Service service) {
    Metadata.Builder metadata = Metadata.newBuilder();
    if (endpoint.mutualTls()) {
      metadata.putFilterMetadata(
          "envoy.transport_socket_match", Protos.struct(Map.of("tlsMode", "istio")));
    }
    Map<String, Value> about = new TreeMap<>();
    about.put(
        "labels", Value.newBuilder().setStructValue(Protos.struct(endpoint.labels())).build());
    about.put("app", Protos.value(endpoint.labels().getOrDefault("app", "")));
    about.put("namespace", Protos.value(endpoint.namespace()));
    about.put("service", Protos.value(model.name(service)));
    about.put("service_account", Protos.value(endpoint.serviceAccount()));
    about.put("version", Protos.value(endpoint.labels().getOrDefault("version", "")));
    about.put("workload", Protos.value(endpoint.workload()));
    Struct.Builder istio = Struct.newBuilder();
    about.forEach(istio::putFields);
    return metadata.putFilterMetadata("istio", istio.build()).build();
  }
}
