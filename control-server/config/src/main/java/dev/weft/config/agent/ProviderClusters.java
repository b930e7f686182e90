package dev.weft.config.agent;

import dev.weft.config.model.MeshModel;
import java.util.Optional;

/** The clusters of the services that MeshConfig's providers name. */
final class ProviderClusters {

  private final MeshModel model;

  ProviderClusters(MeshModel model) {
    this.model = model;
  }

  /**
   * @param service {@code [namespace/]host}
   * @return empty if nothing has such a host and port
   */
  Optional<ClusterName> find(String service, int port) {
    return model.providerHost(service, port).map(host -> new ClusterName(port, "", host));
  }

  /** As Istio has it: the name itself is no authority. */
  static String authority(ClusterName cluster) {
    return cluster.toString().replace("|", "_.");
  }
}
