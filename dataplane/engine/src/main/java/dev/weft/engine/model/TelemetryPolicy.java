package dev.weft.engine.model;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What is to be told of requests in one direction. Control planes say it in every listener (Envoy's
 * HttpConnectionManager); here all listeners of a direction have the same, as Istio's have.
 *
 * @param logs all of them are written
 * @param tracing null: as the workload's own settings say
 * @param metrics changes to the standard metrics; a later one goes over an earlier one
 */
public record TelemetryPolicy(
    List<AccessLogPolicy> logs, @Nullable TracingPolicy tracing, List<MetricPolicy> metrics) {

  /** Nothing was said. */
  public static final TelemetryPolicy NONE = new TelemetryPolicy(List.of(), null, List.of());

  public TelemetryPolicy {
    logs = List.copyOf(logs);
    metrics = List.copyOf(metrics);
  }

  /** The clusters that it sends to. */
  public Set<String> clusters() {
    Set<String> clusters = new TreeSet<>();
    for (AccessLogPolicy log : logs) {
      if (log.sink() instanceof AccessLogPolicy.Remote remote) {
        clusters.add(remote.cluster());
      }
    }
    if (tracing != null && tracing.collector() != null) {
      clusters.add(tracing.collector().cluster());
    }
    return clusters;
  }

  /**
   * Both directions.
   *
   * @param inbound requests to this workload
   * @param outbound calls that it makes
   */
  public record Both(TelemetryPolicy inbound, TelemetryPolicy outbound) {

    public static final Both NONE = new Both(TelemetryPolicy.NONE, TelemetryPolicy.NONE);
  }
}
