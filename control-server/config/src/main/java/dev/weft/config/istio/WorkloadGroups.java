package dev.weft.config.istio;

import dev.weft.config.model.Locality;
import dev.weft.config.model.Metadata;
import dev.weft.config.model.WorkloadGroup;
import dev.weft.config.source.Fields;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads a WorkloadGroup; Istio's ValidateWorkloadGroup. */
final class WorkloadGroups {

  private static final int MAX_WEIGHT = 1 << 24;

  private WorkloadGroups() {}

  private record Template(
      Map<String, Integer> ports,
      Map<String, String> labels,
      String locality,
      int weight,
      @Nullable String serviceAccount) {}

  static WorkloadGroup read(Metadata metadata, Fields spec) {
    Map<String, String> members =
        spec.object(
            "metadata",
            fields -> {
              fields.skip("annotations");
              return CommonFields.labels(fields, "labels");
            });
    Template template = spec.object("template", WorkloadGroups::template);
    if (!spec.has("template")) {
      spec.error("template", "is required");
    }
    spec.skip("probe");
    if (spec.has("probe")) {
      spec.warning(
          "probe", "has no effect: whether a workload serves is what its own agent reports");
    }
    if (members == null || members.isEmpty()) {
      spec.warning(
          "metadata.labels",
          "are none: each workload that registers itself in this namespace belongs to the group");
    }
    return new WorkloadGroup(
        metadata,
        members == null ? Map.of() : members,
        template == null ? Map.of() : template.ports,
        template == null ? Map.of() : template.labels,
        template == null ? "" : template.locality,
        template == null ? 1 : template.weight,
        template == null ? null : template.serviceAccount);
  }

  private static Template template(Fields fields) {
    fields.skip("address");
    if (fields.has("address")) {
      fields.error("address", "must not be given: each workload has its own");
    }
    Map<String, String> labels = new LinkedHashMap<>(CommonFields.labels(fields, "labels"));
    EndpointSpecs.network(fields)
        .ifPresent(network -> labels.putIfAbsent(EndpointSpecs.NETWORK_LABEL, network));
    String locality = fields.string("locality");
    Integer weight = fields.integer("weight", 0, MAX_WEIGHT);
    String serviceAccount = fields.string("serviceAccount");
    return new Template(
        fields.integerMap("ports", 1, CommonFields.MAX_PORT),
        labels,
        locality == null ? "" : Locality.parse(locality).toString(),
        weight == null || weight == 0 ? 1 : weight,
        serviceAccount == null || serviceAccount.isEmpty() ? null : serviceAccount);
  }
}
