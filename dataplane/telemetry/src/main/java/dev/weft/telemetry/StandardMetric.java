package dev.weft.telemetry;

import org.jspecify.annotations.Nullable;

/**
 * Istio's standard metrics of requests. Of the others, those of TCP count connections, and nothing
 * here carries any but HTTP's; those of gRPC's messages want somebody who sees them.
 */
enum StandardMetric {
  REQUESTS("requests_total", "Requests, by Istio's standard labels."),
  DURATION("request_duration_milliseconds", "Duration of requests, by Istio's standard labels."),
  REQUEST_BYTES("request_bytes", "Lengths of requests' bodies, by Istio's standard labels."),
  RESPONSE_BYTES("response_bytes", "Lengths of responses' bodies, by Istio's standard labels.");

  final String configured;
  final String help;

  /**
   * @param configured its name in Istio's configuration
   */
  StandardMetric(String configured, String help) {
    this.configured = configured;
    this.help = help;
  }

  /** Null if it isn't one of these. */
  static @Nullable StandardMetric of(String configured) {
    for (StandardMetric metric : values()) {
      if (metric.configured.equals(configured)) {
        return metric;
      }
    }
    return null;
  }

  /** As Prometheus' client takes it: a counter's without {@code _total}. */
  String exposed() {
    return this == REQUESTS ? "istio_requests" : "istio_" + configured;
  }
}
