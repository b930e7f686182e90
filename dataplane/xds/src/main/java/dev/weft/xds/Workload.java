package dev.weft.xds;

import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import dev.weft.xds.proto.Locality;
import dev.weft.xds.proto.Node;
import java.util.Map;

/**
 * Who speaks to the control server.
 *
 * @param instance unique for one run of one process; the pod's name, where there is one
 * @param address reachable IP address, no port
 * @param userAgent {@code name/version}
 */
public record Workload(
    String instance,
    String address,
    String namespace,
    String service,
    String serviceAccount,
    Map<String, String> labels,
    String userAgent) {

  public Workload {
    labels = Map.copyOf(labels);
  }

  /** Istio's form: {@code sidecar~IP~INSTANCE.NAMESPACE~NAMESPACE.svc.cluster.local}. */
  public String nodeId() {
    return String.join(
        "~", "sidecar", address, instance + "." + namespace, namespace + ".svc.cluster.local");
  }

  /**
   * Where it runs, {@code region/zone/subzone} as its labels tell it, without empty parts at its
   * end: by Istio's one label, else by Kubernetes' and Istio's three.
   */
  String locality() {
    String whole = labels.getOrDefault("istio-locality", "");
    String locality =
        whole.isEmpty()
            ? labels.getOrDefault("topology.kubernetes.io/region", "")
                + "/"
                + labels.getOrDefault(
                    "topology.kubernetes.io/zone", labels.getOrDefault("zone", ""))
                + "/"
                + labels.getOrDefault("topology.istio.io/subzone", "")
            : whole.contains("/") ? whole : whole.replace('.', '/');
    return locality.replaceFirst("/+$", "");
  }

  private Locality place() {
    String[] parts = locality().split("/", 3);
    return Locality.newBuilder()
        .setRegion(parts[0])
        .setZone(parts.length > 1 ? parts[1] : "")
        .setSubZone(parts.length > 2 ? parts[2] : "")
        .build();
  }

  Node node() {
    Struct.Builder labelStruct = Struct.newBuilder();
    labels.forEach((name, value) -> labelStruct.putFields(name, text(value)));
    int slash = userAgent.indexOf('/');
    return Node.newBuilder()
        .setId(nodeId())
        .setCluster(service + "." + namespace)
        .setLocality(place())
        .setUserAgentName(slash < 0 ? userAgent : userAgent.substring(0, slash))
        .setUserAgentVersion(slash < 0 ? "" : userAgent.substring(slash + 1))
        .addClientFeatures("xds.config.supports-resource-ttl")
        .addClientFeatures("xds.config.resource-in-sotw")
        // Agents before this one refuse clusters whose endpoints they would have to look up.
        .addClientFeatures("weft.cluster.dns")
        .setMetadata(
            Struct.newBuilder()
                .putFields("GENERATOR", text("agent"))
                .putFields("NAMESPACE", text(namespace))
                .putFields("SERVICE", text(service))
                .putFields("SERVICE_ACCOUNT", text(serviceAccount))
                .putFields("INSTANCE", text(instance))
                .putFields("LABELS", Value.newBuilder().setStructValue(labelStruct).build()))
        .build();
  }

  private static Value text(String value) {
    return Value.newBuilder().setStringValue(value).build();
  }
}
