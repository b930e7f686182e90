package dev.weft.config.agent;

import com.google.common.base.Suppliers;
import dev.weft.config.model.ClientWorkload;
import dev.weft.config.model.Endpoint;
import dev.weft.config.model.Locality;
import dev.weft.config.model.MeshModel;
import dev.weft.config.model.Service;
import dev.weft.config.model.ServicePort;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.endpoint.v3.LbEndpoint;
import io.envoyproxy.envoy.config.endpoint.v3.LocalityLbEndpoints;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * A workload and its replicas, as Istio's self-discovery has them for zone-aware balancing: the
 * instances of the first service that it serves, of its own region and its own rollout.
 */
final class LocalCluster {

  /** Istio's, and so what Envoy's {@code local_cluster_name} is. */
  static final String NAME = "local_cluster";

  private static final String ROLLOUT_LABEL = "pod-template-hash";

  /** What is served where, by address, in the order of services and ports. Made when asked for. */
  private final Supplier<Map<String, List<Served>>> byAddress;

  /** An instance of a service's port, and all of them. */
  private record Served(Endpoint instance, List<Endpoint> all) {}

  LocalCluster(MeshModel model) {
    byAddress = Suppliers.memoize(() -> byAddress(model));
  }

  private static Map<String, List<Served>> byAddress(MeshModel model) {
    Map<String, List<Served>> byAddress = new HashMap<>();
    for (Service service : model.services()) {
      for (ServicePort port : service.ports()) {
        List<Endpoint> all = service.endpoints(port.number());
        for (Endpoint instance : all) {
          byAddress
              .computeIfAbsent(instance.address(), address -> new ArrayList<>())
              .add(new Served(instance, all));
        }
      }
    }
    return byAddress;
  }

  /** Without endpoints, if the workload serves nothing. */
  ClusterLoadAssignment assignment(ClientWorkload workload) {
    Map<String, List<Endpoint>> byLocality =
        served(workload).stream()
            .filter(endpoint -> isReplica(endpoint, workload))
            .collect(Collectors.groupingBy(Endpoint::locality, TreeMap::new, Collectors.toList()));
    ClusterLoadAssignment.Builder assignment =
        ClusterLoadAssignment.newBuilder().setClusterName(NAME);
    byLocality.forEach(
        (locality, endpoints) ->
            assignment.addEndpoints(
                LocalityLbEndpoints.newBuilder()
                    .setLocality(Protos.locality(Locality.parse(locality)))
                    .addAllLbEndpoints(
                        endpoints.stream()
                            .map(
                                endpoint ->
                                    LbEndpoint.newBuilder()
                                        .setEndpoint(
                                            io.envoyproxy.envoy.config.endpoint.v3.Endpoint
                                                .newBuilder()
                                                .setAddress(
                                                    Protos.address(
                                                        endpoint.address(), endpoint.port())))
                                        .build())
                            .toList())));
    return assignment.build();
  }

  /** One endpoint for each instance: those of the first port that the workload serves. */
  private List<Endpoint> served(ClientWorkload workload) {
    return byAddress.get().getOrDefault(workload.address(), List.of()).stream()
        .filter(served -> isItself(served.instance, workload))
        .findFirst()
        .map(Served::all)
        .orElse(List.of());
  }

  /** Of those at its address: on one machine many workloads share one, but not an account. */
  private static boolean isItself(Endpoint endpoint, ClientWorkload workload) {
    return endpoint.namespace().equals(workload.namespace())
        && (endpoint.serviceAccount().isEmpty()
            || endpoint.serviceAccount().equals(workload.serviceAccount()));
  }

  private static boolean isReplica(Endpoint endpoint, ClientWorkload workload) {
    return endpoint.ready()
        && Locality.parse(endpoint.locality()).region().equals(workload.locality().region())
        && endpoint
            .labels()
            .getOrDefault(ROLLOUT_LABEL, "")
            .equals(workload.labels().getOrDefault(ROLLOUT_LABEL, ""));
  }
}
