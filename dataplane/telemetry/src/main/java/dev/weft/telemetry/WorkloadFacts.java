package dev.weft.telemetry;

import java.util.Map;

/**
 * Who reports.
 *
 * @param service WEFT_SERVICE, e.g. {@code catalog}
 * @param workload the deployment's name, e.g. {@code catalog-v1}
 * @param principal SPIFFE ID, e.g. {@code spiffe://cluster.local/ns/shop/sa/catalog}
 * @param labels {@code app}, {@code version} and Istio's canonical names are read
 */
public record WorkloadFacts(
    String service,
    String namespace,
    String workload,
    String principal,
    Map<String, String> labels) {

  public WorkloadFacts {
    labels = Map.copyOf(labels);
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
    return canonical != null ? canonical : labels.getOrDefault("version", "latest");
  }
}
