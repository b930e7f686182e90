package dev.weft.engine.model;

import java.util.List;

/**
 * What is to be told of requests in one direction. Control planes say it in every listener (Envoy's
 * HttpConnectionManager); here all listeners of a direction have the same, as Istio's have.
 *
 * @param logs all of them are written
 */
public record TelemetryPolicy(List<AccessLogPolicy> logs) {

  /** Nothing was said. */
  public static final TelemetryPolicy NONE = new TelemetryPolicy(List.of());

  public TelemetryPolicy {
    logs = List.copyOf(logs);
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
