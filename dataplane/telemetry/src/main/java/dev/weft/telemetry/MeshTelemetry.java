package dev.weft.telemetry;

import dev.weft.engine.RequestContext;
import dev.weft.engine.inbound.InboundRequest;
import dev.weft.engine.outbound.OutboundRequest;
import dev.weft.engine.spi.Telemetry;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Spans, metrics and access log of this workload. Making one is cheap: OpenTelemetry's SDK is
 * loaded with the first request, by which time the application has set up its logging.
 *
 * <p>If spans are not exported ({@link OtelSettings}), none are made and no trace is begun, since a
 * trace begun here would decide for the application's own tracing whether to sample; but a context
 * that came in with a request still goes out with the calls made for it.
 */
public final class MeshTelemetry implements Telemetry, AutoCloseable {

  private final OtelSettings settings;
  private final RequestMetrics metrics;
  private final AccessLog log;
  private final Spans.@Nullable Lazy spans;

  /**
   * @param environment looks up a variable ({@code OTEL_*}, {@code WEFT_ACCESS_LOG}); null if unset
   * @param warning told of settings that are not understood, and of an exporter that can't be made
   */
  public static MeshTelemetry create(
      WorkloadFacts self, UnaryOperator<@Nullable String> environment, Consumer<String> warning) {
    OtelSettings settings = OtelSettings.read(environment, self, warning);
    String endpoint = settings.endpoint();
    return new MeshTelemetry(
        self,
        settings,
        endpoint == null ? null : () -> Spans.otlp(settings, endpoint),
        AccessLog.create(environment.apply("WEFT_ACCESS_LOG"), warning),
        warning);
  }

  /**
   * @param exporter null: no spans
   */
  MeshTelemetry(
      WorkloadFacts self,
      OtelSettings settings,
      @Nullable Callable<SpanExporter> exporter,
      AccessLog log,
      Consumer<String> warning) {
    this.settings = settings;
    this.log = log;
    metrics = new RequestMetrics(self);
    spans =
        exporter == null
            ? null
            : new Spans.Lazy(() -> new Spans(settings, self, exporter.call()), warning);
  }

  @Override
  public OutboundObservation outbound(OutboundRequest request, @Nullable RequestContext parent) {
    return new OutboundTelemetry(request, parent, metrics, spans(), settings.propagators());
  }

  @Override
  public InboundObservation inbound(InboundRequest request) {
    return new InboundTelemetry(request, metrics, spans(), log);
  }

  private @Nullable Spans spans() {
    return spans == null ? null : spans.get();
  }

  /**
   * Loads what the first request would otherwise have to wait for, which takes a few hundred
   * milliseconds where spans are exported. To be called off the application's threads, and not
   * before its main class runs.
   */
  public void warmUp() {
    Spans unused = spans();
  }

  /** All metrics, in Prometheus' text format. */
  public String scrape() {
    return metrics.scrape();
  }

  /** Exports the spans that have ended, for tests that can't wait. */
  void flush() {
    Spans made = spans();
    if (made != null) {
      made.flush();
    }
  }

  /** Exports the spans that have ended and writes the lines that wait; takes seconds at most. */
  @Override
  public void close() {
    if (spans != null) {
      spans.close();
    }
    log.close();
  }
}
