package dev.weft.config.model;

import dev.weft.config.model.MeshConfig.OutboundTraffic;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Istio's Sidecar: what the workloads that it selects see of the mesh.
 *
 * @param egress what may be called; empty: whatever is exported to them
 * @param outbound what becomes of other calls; null: as MeshConfig says
 * @param maxRequests how many requests a port serves at once; null: any number
 * @param maxRequestsByPort of ports that have a number of their own
 */
public record Sidecar(
    Metadata metadata,
    WorkloadSelector selector,
    List<Egress> egress,
    @Nullable OutboundPolicy outbound,
    @Nullable Integer maxRequests,
    Map<Integer, Integer> maxRequestsByPort)
    implements Resource {

  public Sidecar {
    egress = List.copyOf(egress);
    maxRequestsByPort = Map.copyOf(maxRequestsByPort);
  }

  /**
   * Hosts that may be called.
   *
   * @param port the only one on which; null: on all that have no entry of their own
   */
  public record Egress(@Nullable Integer port, List<Import> hosts) {

    public Egress {
      hosts = List.copyOf(hosts);
    }
  }

  /**
   * Hosts of a namespace, written {@code namespace/dnsName}.
   *
   * @param namespace or {@code .} for the workload's own, {@code *} for all, {@code ~} for none
   * @param host or a wildcard
   */
  public record Import(String namespace, String host) {

    private String namespaceFor(String client) {
      return namespace.equals(".") ? client : namespace;
    }

    boolean isOfAny() {
      return namespace.equals("*");
    }

    boolean isOf(String owner, String client) {
      return namespaceFor(client).equals(owner);
    }
  }

  /**
   * What becomes of calls to hosts that the workload doesn't see.
   *
   * @param egressProxy where they go instead; null: where the application sends them
   */
  public record OutboundPolicy(OutboundTraffic mode, @Nullable WeightedDestination egressProxy) {}
}
