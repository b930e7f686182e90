package dev.weft.config.model;

import java.util.Map;

/** Workloads by their labels; no labels: every one in the policy's reach. */
public record WorkloadSelector(Map<String, String> labels) {

  /** Every workload in reach. */
  public static final WorkloadSelector ALL = new WorkloadSelector(Map.of());

  public WorkloadSelector {
    labels = Map.copyOf(labels);
  }

  /** Whether a workload with these labels is selected. */
  public boolean selects(Map<String, String> workloadLabels) {
    return workloadLabels.entrySet().containsAll(labels.entrySet());
  }

  /** Whether it narrows anything. */
  public boolean isEmpty() {
    return labels.isEmpty();
  }
}
