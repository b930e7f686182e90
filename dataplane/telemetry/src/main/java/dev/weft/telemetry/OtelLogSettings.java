package dev.weft.telemetry;

import dev.weft.telemetry.OtelSettings.Reader;
import dev.weft.telemetry.accesslog.RemoteLogs;
import java.time.Duration;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * OpenTelemetry's environment variables, as far as they concern logs. What is logged by OTLP, and
 * to which service, the mesh says; an endpoint of the workload's own goes before that.
 *
 * @param exported whether any is
 * @param endpoint of the workload's own, by HTTP; null: the mesh's
 */
record OtelLogSettings(
    boolean exported,
    @Nullable String endpoint,
    Map<String, String> headers,
    boolean gzip,
    RemoteLogs.Batch batch) {

  /**
   * @param environment a variable's value, null if unset
   * @param warning told of values that are not understood
   */
  static OtelLogSettings read(
      UnaryOperator<@Nullable String> environment, Consumer<String> warning) {
    Reader env = new Reader(environment, warning);
    String exporter = env.firstOf("otlp", "OTEL_LOGS_EXPORTER");
    boolean exported =
        exporter.equals("otlp")
            && !env.firstOf("false", "OTEL_SDK_DISABLED").equalsIgnoreCase("true");
    if (!exporter.equals("otlp") && !exporter.equals("none")) {
      warning.accept("OTEL_LOGS_EXPORTER=" + exporter + ": only otlp and none are known");
    }
    String endpoint = env.get("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT");
    String protocol =
        env.firstOf(
            "http/protobuf", "OTEL_EXPORTER_OTLP_LOGS_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL");
    if (endpoint != null && !protocol.equals("http/protobuf")) {
      warning.accept(
          "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT has no effect: logs are sent to an endpoint of one's own"
              + " by http/protobuf alone, and the protocol is "
              + protocol);
      endpoint = null;
    }
    return new OtelLogSettings(
        exported,
        endpoint,
        env.pairs(
            env.get("OTEL_EXPORTER_OTLP_LOGS_HEADERS") != null
                ? "OTEL_EXPORTER_OTLP_LOGS_HEADERS"
                : "OTEL_EXPORTER_OTLP_HEADERS"),
        env.firstOf("none", "OTEL_EXPORTER_OTLP_LOGS_COMPRESSION", "OTEL_EXPORTER_OTLP_COMPRESSION")
            .equals("gzip"),
        new RemoteLogs.Batch(
            env.millis("OTEL_BLRP_SCHEDULE_DELAY", 1_000),
            env.number("OTEL_BLRP_MAX_QUEUE_SIZE", 2_048),
            env.number("OTEL_BLRP_MAX_EXPORT_BATCH_SIZE", 512),
            timeout(env)));
  }

  private static Duration timeout(Reader env) {
    return env.millis(
        env.get("OTEL_EXPORTER_OTLP_LOGS_TIMEOUT") != null
            ? "OTEL_EXPORTER_OTLP_LOGS_TIMEOUT"
            : "OTEL_EXPORTER_OTLP_TIMEOUT",
        10_000);
  }
}
