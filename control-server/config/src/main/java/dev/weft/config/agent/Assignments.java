package dev.weft.config.agent;

import com.google.protobuf.Struct;
import com.google.protobuf.UInt32Value;
import com.google.protobuf.Value;
import dev.weft.config.model.DestinationRule;
import dev.weft.config.model.Endpoint;
import dev.weft.config.model.MeshModel;
import dev.weft.config.model.Service;
import io.envoyproxy.envoy.config.core.v3.HealthStatus;
import io.envoyproxy.envoy.config.core.v3.Locality;
import io.envoyproxy.envoy.config.core.v3.Metadata;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.endpoint.v3.LbEndpoint;
import io.envoyproxy.envoy.config.endpoint.v3.LocalityLbEndpoints;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The endpoints of one destination. */
final class Assignments {

  private final MeshModel model;

  Assignments(MeshModel model) {
    this.model = model;
  }

  /** The endpoints that a cluster of this name has; none for a subset that nobody defined. */
  ClusterLoadAssignment assignment(ClusterName name, Service service, String clientNamespace) {
    Map<String, List<LbEndpoint>> byLocality = new TreeMap<>();
    for (Endpoint endpoint : chosen(name, service, clientNamespace)) {
      byLocality
          .computeIfAbsent(endpoint.locality(), locality -> new ArrayList<>())
          .add(endpoint(endpoint, service));
    }
    ClusterLoadAssignment.Builder assignment =
        ClusterLoadAssignment.newBuilder().setClusterName(name.toString());
    byLocality.forEach(
        (locality, endpoints) ->
            assignment.addEndpoints(
                LocalityLbEndpoints.newBuilder()
                    .setLocality(locality(locality))
                    .addAllLbEndpoints(endpoints)
                    .setLoadBalancingWeight(
                        UInt32Value.of(
                            endpoints.stream()
                                .mapToInt(e -> e.getLoadBalancingWeight().getValue())
                                .sum()))));
    return assignment.build();
  }

  private List<Endpoint> chosen(ClusterName name, Service service, String clientNamespace) {
    List<Endpoint> all = service.endpoints(name.port());
    if (name.subset().isEmpty()) {
      return all;
    }
    return model
        .destinationRule(service, clientNamespace)
        .flatMap(rule -> rule.subset(name.subset()))
        .map(DestinationRule.Subset::labels)
        .map(
            labels ->
                all.stream()
                    .filter(e -> e.labels().entrySet().containsAll(labels.entrySet()))
                    .toList())
        .orElse(List.of());
  }

  private static Locality locality(String locality) {
    String[] parts = locality.split("/", 3);
    Locality.Builder builder = Locality.newBuilder().setRegion(parts[0]);
    if (parts.length > 1) {
      builder.setZone(parts[1]);
    }
    if (parts.length > 2) {
      builder.setSubZone(parts[2]);
    }
    return builder.build();
  }

  private LbEndpoint endpoint(Endpoint endpoint, Service service) {
    return LbEndpoint.newBuilder()
        .setEndpoint(
            io.envoyproxy.envoy.config.endpoint.v3.Endpoint.newBuilder()
                .setAddress(Protos.address(endpoint.address(), endpoint.port())))
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
