package dev.weft.telemetry;

import java.util.Map;
import java.util.stream.Collectors;

/**
 * Who reports.
 *
 * @param service WEFT_SERVICE, e.g. {@code catalog}
 * @param workload the deployment's name, e.g. {@code catalog-v1}
 * @param instance the pod's name or whatever else tells this process from its replicas
 * @param nodeId by which it is known to the control server and to its peers
 * @param labels {@code app}, {@code version} and Istio's canonical names are read; an empty one is
 *     as good as absent
 */
public record WorkloadFacts(
    String service,
    String namespace,
    String workload,
    String instance,
    String nodeId,
    Map<String, String> labels) {

  public WorkloadFacts {
    labels =
        labels.entrySet().stream()
            .filter(label -> !label.getValue().isEmpty())
            .collect(Collectors.toUnmodifiableMap(Map.Entry::getKey, Map.Entry::getValue));
  }

  String app() {
    return labels.getOrDefault("app", service);
  }

  String version() {
    return labels.getOrDefault("version", Labels.UNKNOWN);
  }

  /** Istio's canonical service: the label, else the app, else the workload. */
  String canonicalService() {
    String canonical = labels.get("service.istio.io/canonical-name");
    return canonical != null ? canonical : labels.getOrDefault("app", workload);
  }

  /** Istio's canonical revision: the label, else the version, else "latest". */
  String canonicalRevision() {
    String canonical = labels.get("service.istio.io/canonical-revision");
    return canonical != null ? canonical : labels.getOrDefault("version", Labels.LATEST);
  }
}
