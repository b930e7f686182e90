package dev.weft.config.model;

/** Istio's WorkloadEntry: a workload that services select by its labels. */
public record WorkloadEntry(Metadata metadata, EndpointSpec endpoint) implements Resource {}
