package dev.weft.config.agent;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import dev.weft.config.model.Telemetries.Metric;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Istio's {@code stats.PluginConfig} (istio/api envoy/extensions/stats/config.proto), written field
 * by field: there is no published Java class of it.
 */
final class StatsConfig {

  private static final int METRICS = 8;
  private static final int DIMENSIONS = 1;
  private static final int NAME = 2;
  private static final int TAGS_TO_REMOVE = 3;
  private static final int DROP = 5;

  /** Istio's metricToPrometheusMetric. */
  private static final Map<String, String> NAMES =
      Map.of(
          "REQUEST_COUNT", "requests_total",
          "REQUEST_DURATION", "request_duration_milliseconds",
          "REQUEST_SIZE", "request_bytes",
          "RESPONSE_SIZE", "response_bytes",
          "TCP_OPENED_CONNECTIONS", "tcp_connections_opened_total",
          "TCP_CLOSED_CONNECTIONS", "tcp_connections_closed_total",
          "TCP_SENT_BYTES", "tcp_sent_bytes_total",
          "TCP_RECEIVED_BYTES", "tcp_received_bytes_total",
          "GRPC_REQUEST_MESSAGES", "request_messages_total",
          "GRPC_RESPONSE_MESSAGES", "response_messages_total");

  private StatsConfig() {}

  /** Null if nothing is to be changed. */
  static @Nullable Any of(List<Metric> metrics) {
    if (metrics.isEmpty()) {
      return null;
    }
    return Any.newBuilder()
        .setTypeUrl("type.googleapis.com/stats.PluginConfig")
        .setValue(
            message(
                out -> {
                  for (Metric metric : metrics) {
                    out.writeBytes(METRICS, config(metric));
                  }
                }))
        .build();
  }

  private static ByteString config(Metric metric) {
    return message(
        out -> {
          Map<String, String> tags = new TreeMap<>(metric.tags());
          for (Map.Entry<String, String> tag : tags.entrySet()) {
            if (!tag.getValue().isEmpty()) {
              out.writeBytes(
                  DIMENSIONS,
                  message(
                      entry -> {
                        entry.writeString(1, tag.getKey());
                        entry.writeString(2, tag.getValue());
                      }));
            }
          }
          out.writeString(NAME, NAMES.getOrDefault(metric.metric(), metric.metric()));
          for (Map.Entry<String, String> tag : tags.entrySet()) {
            if (tag.getValue().isEmpty()) {
              out.writeString(TAGS_TO_REMOVE, tag.getKey());
            }
          }
          if (metric.disabled()) {
            out.writeBool(DROP, true);
          }
        });
  }

  @FunctionalInterface
  private interface Content {
    void writeTo(CodedOutputStream out) throws IOException;
  }

  private static ByteString message(Content content) {
    ByteString.Output bytes = ByteString.newOutput();
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    try {
      content.writeTo(out);
      out.flush();
    } catch (IOException e) {
      throw new UncheckedIOException("memory can't be written to", e);
    }
    return bytes.toByteString();
  }
}
