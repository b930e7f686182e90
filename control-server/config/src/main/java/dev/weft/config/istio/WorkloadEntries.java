package dev.weft.config.istio;

import com.google.common.net.InetAddresses;
import dev.weft.config.model.EndpointSpec;
import dev.weft.config.model.Metadata;
import dev.weft.config.model.WorkloadEntry;
import dev.weft.config.source.Fields;

/** Reads a WorkloadEntry. */
final class WorkloadEntries {

  private WorkloadEntries() {}

  static WorkloadEntry read(Metadata metadata, Fields spec) {
    EndpointSpec endpoint = EndpointSpecs.read(spec);
    if (Names.isHost(endpoint.address()) && !InetAddresses.isInetAddress(endpoint.address())) {
      spec.warning(
          "address",
          "is a host name, which is for ServiceEntries with resolution DNS; others leave it out");
    }
    return new WorkloadEntry(metadata, endpoint);
  }
}
