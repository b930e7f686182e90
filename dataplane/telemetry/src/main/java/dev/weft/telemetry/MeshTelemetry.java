package dev.weft.telemetry;

import dev.weft.engine.Engine;
import dev.weft.engine.Header;
import dev.weft.engine.HeaderEdits;
import dev.weft.engine.PeerMetadata;
import dev.weft.engine.RequestContext;
import dev.weft.engine.inbound.InboundRequest;
import dev.weft.engine.model.TelemetryPolicy;
import dev.weft.engine.outbound.OutboundRequest;
import dev.weft.engine.spi.MeshRequests;
import dev.weft.engine.spi.Telemetry;
import dev.weft.telemetry.accesslog.LogWriter;
import dev.weft.telemetry.accesslog.RemoteLogs;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Spans, metrics and access log of this workload. Making one is cheap: OpenTelemetry's SDK is
 * loaded with the first request, by which time the application has set up its logging.
 *
 * <p>If spans are not exported (neither {@link OtelSettings} nor the mesh says where), none are
 * made and no trace is begun, since a trace begun here would decide for the application's own
 * tracing whether to sample; but a context that came in with a request still goes out with the
 * calls made for it.
 */
public final class MeshTelemetry implements Telemetry, AutoCloseable {

  private final RequestMetrics metrics;
  private final KnownPeers peers;
  private final HeaderEdits introduction;
  private final LogWriter writer;
  private final Reportings reportings;
  private volatile TelemetryPolicy.Both policies = TelemetryPolicy.Both.NONE;
  private volatile Told told;
  private volatile @Nullable EnvoyMetrics envoy;
  private volatile @Nullable MeshRequests requests;
  private final RemoteLogs remoteLogs;
  private final Spans.@Nullable Lazy spans;
  private volatile boolean warm;

  /**
   * @param principal this workload's SPIFFE ID, null while it has none
   * @param environment looks up a variable ({@code OTEL_*}, {@code WEFT_ACCESS_LOG}, {@code
   *     WEFT_PEER_METADATA}); null if unset
   * @param warning told of settings that are not understood, and of an exporter that can't be made
   */
  public static MeshTelemetry create(
      WorkloadFacts self,
      Supplier<@Nullable String> principal,
      UnaryOperator<@Nullable String> environment,
      Consumer<String> warning) {
    OtelSettings settings = OtelSettings.read(environment, self, warning);
    String endpoint = settings.endpoint();
    return new MeshTelemetry(
        self,
        principal,
        settings,
        endpoint == null ? null : () -> Spans.otlp(settings, endpoint),
        "false".equalsIgnoreCase(environment.apply("WEFT_PEER_METADATA"))
            ? HeaderEdits.NONE
            : introduction(self),
        Reportings.LocalLog.of(environment.apply("WEFT_ACCESS_LOG")),
        new LogWriter(warning),
        environment,
        warning);
  }

  /** What is told of requests, by the policies in force. */
  private record Told(Reporting inbound, Reporting outbound) {}

  /**
   * @param exporter the workload's own; null: the mesh's, if it may and has one
   * @param introduction what is said of this workload to peers of the mesh
   */
  MeshTelemetry(
      WorkloadFacts self,
      Supplier<@Nullable String> principal,
      OtelSettings settings,
      @Nullable Callable<SpanExporter> exporter,
      HeaderEdits introduction,
      Reportings.LocalLog localLog,
      LogWriter writer,
      UnaryOperator<@Nullable String> environment,
      Consumer<String> warning) {
    this.introduction = introduction;
    this.writer = writer;
    OtelLogSettings logSettings = OtelLogSettings.read(environment, warning);
    remoteLogs =
        new RemoteLogs(
            LogExport.of(logSettings, () -> requests),
            logSettings.batch(),
            new RemoteLogs.Origin(settings.resourceOf(self), self.nodeId(), self.service()),
            warning);
    metrics = new RequestMetrics(self, principal);
    LongAdder disbelieved = new LongAdder();
    peers = new KnownPeers(System.nanoTime(), metrics::forget, disbelieved::increment);
    counter(
        "weft_peer_metadata_disbelieved",
        "What peers said of themselves that was not understood, or one too many.",
        disbelieved::sum);
    counter(
        "weft_access_log_lost_lines",
        "Lines of the access log that were not written, or not taken where they go.",
        () -> writer.lost() + remoteLogs.lost());
    LongAdder lost = new LongAdder();
    counter("weft_spans_lost", "Spans that the mesh's collector did not take.", lost::sum);
    Callable<SpanExporter> maker = exporter;
    if (exporter == null && settings.meshExports()) {
      maker =
          () ->
              new MeshSpanExporter(
                  () -> policies, () -> requests, settings.timeout(), lost::add, warning);
    }
    Callable<SpanExporter> made = maker;
    spans =
        made == null
            ? null
            : new Spans.Lazy(
                () -> new Spans(settings, self, principal.get(), made.call(), policies), warning);
    reportings =
        new Reportings(
            writer,
            remoteLogs,
            environment,
            localLog,
            logSettings.exported(),
            exporter != null,
            settings);
    told = told(policies);
  }

  static HeaderEdits introduction(WorkloadFacts self) {
    return new HeaderEdits(
        List.of(),
        List.of(
            new Header(PeerMetadata.HEADER, PeerStruct.encode(self)),
            new Header(PeerMetadata.ID_HEADER, PeerStruct.id(self))),
        List.of());
  }

  @Override
  public synchronized void update(TelemetryPolicy.Both policies) {
    TelemetryPolicy.Both before = this.policies;
    this.policies = policies;
    Told next = told(policies);
    if (!policies.outbound().metrics().equals(before.outbound().metrics())) {
      metrics.overrideOutbound(MetricOverrides.of(policies.outbound().metrics()));
    }
    if (!policies.inbound().metrics().equals(before.inbound().metrics())) {
      metrics.overrideInbound(MetricOverrides.of(policies.inbound().metrics()));
      peers.forEach(metrics::startAnew);
    }
    if (spans != null) {
      spans.update(policies);
    }
    if (warm) {
      load(next);
    }
    // Last, or requests would wait for what is loaded.
    told = next;
  }

  private Told told(TelemetryPolicy.Both policies) {
    return new Told(
        reportings.inbound(policies.inbound()), reportings.outbound(policies.outbound()));
  }

  @Override
  public OutboundObservation outbound(OutboundRequest request, @Nullable RequestContext parent) {
    Reporting reporting = told.outbound;
    return new OutboundTelemetry(
        request, parent, metrics, spans(reporting), introduction, reporting);
  }

  @Override
  public InboundObservation inbound(InboundRequest request) {
    Reporting reporting = told.inbound;
    return new InboundTelemetry(request, metrics, peers, spans(reporting), reporting);
  }

  /**
   * Shows, among the metrics, a count that is kept elsewhere.
   *
   * @param name without Prometheus' {@code _total}
   */
  public void counter(String name, String help, LongSupplier count) {
    metrics.counter(name, help, count);
  }

  /**
   * Shows, among the metrics, what this counts, and sends through it what the mesh sends. Once.
   *
   * @param version of the data plane
   */
  public void attach(Engine engine, String version) {
    metrics.build(version);
    envoy = new EnvoyMetrics(engine::upstreams, engine.tls(), metrics::active);
    requests = engine.requests();
  }

  private @Nullable Spans spans(Reporting reporting) {
    return spans == null || !reporting.traced() ? null : spans.get();
  }

  /**
   * Loads what the first request would otherwise have to wait for, which takes a few hundred
   * milliseconds where spans are exported. To be called off the application's threads, and not
   * before its main class runs.
   */
  public void warmUp() {
    warm = true;
    load(told);
  }

  private void load(Told told) {
    Spans unused = spans(told.inbound.traced() ? told.inbound : told.outbound);
  }

  /** Writes all metrics, in Prometheus' text format; with 2,000 series it is some 120 MB. */
  public void scrape(OutputStream out) throws IOException {
    if (metrics.isShortOfRoom()) {
      peers.age(System.nanoTime());
    }
    metrics.scrape(out);
    EnvoyMetrics engine = envoy;
    if (engine != null) {
      engine.write(out);
    }
  }

  /** Exports what has ended, for tests that can't wait. */
  void flush() {
    if (spans != null) {
      spans.flush();
    }
    remoteLogs.flush();
  }

  /**
   * Exports the spans that have ended and writes the lines that wait, which takes seconds at most;
   * and goes on doing so in short intervals, for the JVM may be killed before it is closed.
   */
  public void drain() {
    if (spans != null) {
      spans.drain();
    }
    remoteLogs.drain();
    writer.flush();
  }

  /** As {@link #drain}, for the last time; after it a moment's work. */
  @Override
  public void close() {
    if (spans != null) {
      spans.close();
    }
    remoteLogs.close();
    writer.close();
  }
}
