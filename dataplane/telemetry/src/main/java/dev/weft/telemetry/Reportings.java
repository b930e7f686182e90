package dev.weft.telemetry;

import dev.weft.engine.model.AccessLogPolicy;
import dev.weft.engine.model.SpanCollector;
import dev.weft.engine.model.TelemetryPolicy;
import dev.weft.engine.model.TracingPolicy;
import dev.weft.telemetry.TraceHeaders.Format;
import dev.weft.telemetry.accesslog.AccessLogs;
import dev.weft.telemetry.accesslog.LogWriter;
import dev.weft.telemetry.accesslog.RemoteLogs;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Makes ready what is told of requests, by what the mesh says and what the workload's settings do.
 */
final class Reportings {

  private static final String STDOUT = "/dev/stdout";

  private final LogWriter writer;
  private final RemoteLogs remoteLogs;
  private final UnaryOperator<@Nullable String> environment;
  private final LocalLog localLog;
  private final boolean otlpLogs;
  private final boolean ownExporter;
  private final OtelSettings settings;

  /** What {@code WEFT_ACCESS_LOG} asks for, beside what the mesh configures. */
  enum LocalLog {
    NONE,
    /** Until the mesh configures a log. */
    REFUSED,
    EVERYTHING;

    static LocalLog of(@Nullable String setting) {
      if (setting == null || setting.isBlank()) {
        return REFUSED;
      }
      return setting.equals("none") ? NONE : EVERYTHING;
    }
  }

  /**
   * @param otlpLogs whether logs may be sent by OTLP
   * @param ownExporter whether spans go where the workload says
   */
  Reportings(
      LogWriter writer,
      RemoteLogs remoteLogs,
      UnaryOperator<@Nullable String> environment,
      LocalLog localLog,
      boolean otlpLogs,
      boolean ownExporter,
      OtelSettings settings) {
    this.writer = writer;
    this.remoteLogs = remoteLogs;
    this.environment = environment;
    this.localLog = localLog;
    this.otlpLogs = otlpLogs;
    this.ownExporter = ownExporter;
    this.settings = settings;
  }

  Reporting inbound(TelemetryPolicy policy) {
    AccessLogs.Builder logs = new AccessLogs.Builder(writer, remoteLogs, environment);
    if (localLog == LocalLog.EVERYTHING) {
      String path = environment.apply("WEFT_ACCESS_LOG");
      logs.everything(path == null || path.equals("stdout") ? STDOUT : path);
    } else if (localLog == LocalLog.REFUSED && policy.logs().isEmpty()) {
      logs.refused(STDOUT);
    }
    return reporting(policy, logs);
  }

  Reporting outbound(TelemetryPolicy policy) {
    return reporting(policy, new AccessLogs.Builder(writer, remoteLogs, environment));
  }

  private Reporting reporting(TelemetryPolicy policy, AccessLogs.Builder logs) {
    for (AccessLogPolicy log : policy.logs()) {
      if (otlpLogs || !(log.sink() instanceof AccessLogPolicy.Otlp)) {
        logs.add(log);
      }
    }
    policy.metrics().forEach(metric -> metric.dimensions().values().forEach(logs::keep));
    TracingPolicy tracing = policy.tracing();
    // Before what is kept is known.
    CustomTags tags = CustomTags.of(tracing, environment, logs::text);
    return new Reporting(
        logs.build(),
        logs.headers(),
        tags,
        tracing == null ? TracingPolicy.DEFAULT_LONGEST_PATH : tracing.longestPath(),
        tracing == null || tracing.propagates(),
        propagators(tracing),
        ownExporter || (settings.meshExports() && tracing != null && tracing.collector() != null));
  }

  /**
   * Envoy's Zipkin tracer has B3's several headers, and W3C's if it is told to. Where spans don't
   * go to the mesh's, it has no say.
   */
  private Set<Format> propagators(@Nullable TracingPolicy tracing) {
    if (settings.propagatorsChosen()
        || !settings.meshExports()
        || tracing == null
        || !(tracing.collector() instanceof SpanCollector.Zipkin zipkin)) {
      return settings.propagators();
    }
    return zipkin.w3c() ? EnumSet.of(Format.W3C, Format.B3_MULTI) : EnumSet.of(Format.B3_MULTI);
  }
}
