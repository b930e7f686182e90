package dev.weft.config.model;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Istio's ServiceEntry: one service for each of its hosts.
 *
 * @param workloadSelector labels that choose the workloads which serve it; null if endpoints are
 *     only those listed
 */
public record ServiceEntry(
    Metadata metadata,
    List<String> hosts,
    List<String> addresses,
    List<ServicePort> ports,
    boolean external,
    Resolution resolution,
    List<EndpointSpec> endpoints,
    @Nullable Map<String, String> workloadSelector,
    List<String> subjectAltNames,
    Visibility visibility)
    implements Resource {}
