package dev.weft.engine.model;

import dev.weft.engine.expression.Expression;
import java.util.Map;
import java.util.Set;

/**
 * How a metric differs from Istio's standard (Istio's stats.MetricConfig).
 *
 * @param metric without {@code istio_}, such as {@code requests_total}; empty: all of them
 * @param drop it isn't reported
 * @param dimensions labels that are added, or whose value is another
 * @param tagsToRemove labels that are left out
 */
public record MetricPolicy(
    String metric, boolean drop, Map<String, Expression> dimensions, Set<String> tagsToRemove) {

  /** Those that Istio has. */
  public static final Set<String> METRICS =
      Set.of(
          "requests_total",
          "request_duration_milliseconds",
          "request_bytes",
          "response_bytes",
          "tcp_connections_opened_total",
          "tcp_connections_closed_total",
          "tcp_sent_bytes_total",
          "tcp_received_bytes_total",
          "request_messages_total",
          "response_messages_total");

  public MetricPolicy {
    dimensions = Map.copyOf(dimensions);
    tagsToRemove = Set.copyOf(tagsToRemove);
  }
}
