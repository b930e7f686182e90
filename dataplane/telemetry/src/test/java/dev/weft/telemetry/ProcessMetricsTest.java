package dev.weft.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Names by Prometheus' client_java, prometheus-metrics-instrumentation-jvm. */
class ProcessMetricsTest extends TelemetryTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "process_cpu_seconds_total ",
        "process_start_time_seconds ",
        "process_open_fds ",
        "process_resident_memory_bytes ",
        "jvm_memory_used_bytes{area=\"heap\"} ",
        "jvm_memory_used_bytes{area=\"nonheap\"} ",
        "jvm_memory_committed_bytes{area=\"heap\"} ",
        "jvm_threads_current ",
        "jvm_threads_daemon ",
        "jvm_classes_currently_loaded ",
        "jvm_classes_loaded_total "
      })
  void isShownAndMoreThanNothing(String metric) {
    try (MeshTelemetry telemetry = plain()) {
      String line = line(telemetry, metric);
      assertThat(Double.parseDouble(line.substring(metric.length()).strip())).as(line).isPositive();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"jvm_gc_collection_seconds_count{gc=", "jvm_memory_pool_used_bytes{pool="})
  void isShownForEach(String metric) {
    try (MeshTelemetry telemetry = plain()) {
      assertThat(lines(telemetry, metric)).isNotEmpty();
    }
  }
}
