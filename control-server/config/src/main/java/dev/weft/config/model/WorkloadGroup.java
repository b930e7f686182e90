package dev.weft.config.model;

import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Istio's WorkloadGroup: what workloads that register themselves have in common. A workload of its
 * namespace belongs to it that has its labels, and has proven its service account if it names one.
 *
 * @param members labels of its workloads
 * @param ports the workloads' port for a service's port name
 * @param labels what they get beside their own
 * @param locality {@code region/zone/subzone}, or empty
 * @param weight share of the load of each, at least 1
 * @param serviceAccount null: any
 */
public record WorkloadGroup(
    Metadata metadata,
    Map<String, String> members,
    Map<String, Integer> ports,
    Map<String, String> labels,
    String locality,
    int weight,
    @Nullable String serviceAccount)
    implements Resource {

  public WorkloadGroup {
    members = Map.copyOf(members);
    ports = Map.copyOf(ports);
    labels = Map.copyOf(labels);
  }

  boolean has(RegisteredWorkload workload) {
    return workload.namespace().equals(metadata.namespace())
        && workload.client().labels().entrySet().containsAll(members.entrySet())
        && (serviceAccount == null || serviceAccount.equals(workload.serviceAccount()));
  }

  /** A member with what the group says of it; what it says itself comes first. */
  RegisteredWorkload complete(RegisteredWorkload member) {
    Map<String, String> all = new TreeMap<>(labels);
    all.putAll(member.labels());
    if (!locality.isEmpty() && Locality.ofLabels(member.labels()).toString().isEmpty()) {
      all = Locality.parse(locality).addTo(all);
    }
    return new RegisteredWorkload(
        member.instance(),
        member.service(),
        member.namespace(),
        member.serviceAccount(),
        member.address(),
        all,
        member.ports(),
        member.ready());
  }
}
