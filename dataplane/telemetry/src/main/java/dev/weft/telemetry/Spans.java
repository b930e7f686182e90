package dev.weft.telemetry;

import dev.weft.engine.TraceContext;
import dev.weft.engine.model.TelemetryPolicy;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporterBuilder;
import io.opentelemetry.exporter.otlp.trace.OtlpGrpcSpanExporter;
import io.opentelemetry.exporter.otlp.trace.OtlpGrpcSpanExporterBuilder;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/** Starts spans, and exports those that are sampled. The only class that knows the SDK. */
final class Spans implements AutoCloseable {

  private static final long FLUSH_SECONDS = 3;
  private static final long CLOSE_SECONDS = 1;

  /** Somebody may lose patience and kill the JVM. */
  private static final long DRAIN_NANOS = 250_000_000;

  private static final String PARENT_BASED = "parentbased_";

  private final SdkTracerProvider provider;
  private final Tracer tracer;
  private final boolean parentDecides;
  private final MeshSampler sampler;
  private final TraceIds ids;

  /**
   * @param principal this workload's SPIFFE ID, null if it has none yet
   */
  Spans(
      OtelSettings settings,
      WorkloadFacts self,
      @Nullable String principal,
      SpanExporter exporter,
      TelemetryPolicy.Both policies) {
    sampler = new MeshSampler(sampler(settings), settings.samplerChosen());
    sampler.update(policies);
    ids = new TraceIds(settings.meshExports());
    ids.update(policies);
    provider =
        SdkTracerProvider.builder()
            .setIdGenerator(ids)
            .setResource(resource(settings, self, principal))
            .setSampler(sampler)
            .addSpanProcessor(
                BatchSpanProcessor.builder(exporter)
                    .setScheduleDelay(settings.batch().delay())
                    .setMaxQueueSize(settings.batch().queue())
                    .setMaxExportBatchSize(
                        Math.min(settings.batch().size(), settings.batch().queue()))
                    .setExporterTimeout(settings.batch().timeout())
                    .build())
            .build();
    tracer = provider.get("dev.weft");
    parentDecides = settings.sampler().startsWith(PARENT_BASED);
  }

  /**
   * A span that began just now; null where the parent has decided that its trace is not recorded,
   * and so goes on as it came (W3C Trace Context lets a participant pass it through).
   *
   * @param requestId by which it may be chosen whether a trace that begins is recorded
   */
  @Nullable Span start(
      SpanKind kind, String name, @Nullable TraceContext parent, String requestId) {
    if (sampler.isOff(kind) || (parentDecides && parent != null && !parent.sampled())) {
      return null;
    }
    SpanBuilder builder = tracer.spanBuilder(name).setSpanKind(kind);
    if (parent == null) {
      Boolean chosen = sampler.chosen(kind, requestId);
      builder.setParent(
          chosen == null ? Context.root() : Context.root().with(MeshSampler.CHOSEN, chosen));
    } else {
      builder.setParent(
          Context.root()
              .with(
                  Span.wrap(
                      SpanContext.createFromRemoteParent(
                          parent.traceId(),
                          parent.spanId(),
                          parent.sampled() ? TraceFlags.getSampled() : TraceFlags.getDefault(),
                          TraceState.getDefault()))));
    }
    return builder.startSpan();
  }

  /**
   * The ID of a request whose trace began with this span, which tells who comes after that it is
   * recorded, if that is how it was chosen.
   */
  String told(SpanKind kind, Span span, String requestId) {
    return Boolean.TRUE.equals(sampler.chosen(kind, requestId)) && span.getSpanContext().isSampled()
        ? RequestIds.traced(requestId)
        : requestId;
  }

  /** New spans are sampled by this. */
  void update(TelemetryPolicy.Both policies) {
    sampler.update(policies);
    ids.update(policies);
  }

  /** Where a span is, for those that come after it. */
  static TraceContext contextOf(Span span, @Nullable TraceContext parent) {
    SpanContext context = span.getSpanContext();
    return new TraceContext(
        context.getTraceId(),
        context.getSpanId(),
        context.isSampled(),
        parent == null ? "" : parent.state());
  }

  private static Resource resource(
      OtelSettings settings, WorkloadFacts self, @Nullable String principal) {
    AttributesBuilder attributes = Attributes.builder();
    if (principal != null) {
      attributes.put("weft.principal", principal);
    }
    settings.resourceOf(self).forEach(attributes::put);
    return Resource.getDefault().merge(Resource.create(attributes.build()));
  }

  private static Sampler sampler(OtelSettings settings) {
    String name = settings.sampler();
    return name.startsWith(PARENT_BASED)
        ? Sampler.parentBased(rootSampler(name.substring(PARENT_BASED.length()), settings))
        : rootSampler(name, settings);
  }

  private static Sampler rootSampler(String name, OtelSettings settings) {
    return switch (name) {
      case "always_off" -> Sampler.alwaysOff();
      case "traceidratio" -> Sampler.traceIdRatioBased(settings.samplerRatio());
      default -> Sampler.alwaysOn();
    };
  }

  /** To the endpoint of the settings, which is not null. */
  static SpanExporter otlp(OtelSettings settings, String endpoint) throws GeneralSecurityException {
    if (settings.grpc()) {
      OtlpGrpcSpanExporterBuilder builder =
          OtlpGrpcSpanExporter.builder()
              .setEndpoint(endpoint)
              .setCompression(settings.gzip() ? "gzip" : "none")
              .setTimeout(settings.timeout());
      settings.headers().forEach(builder::addHeader);
      return builder.build();
    }
    X509TrustManager trust = trust(endpoint.startsWith("https:"));
    SSLContext tls = SSLContext.getInstance("TLS", "SunJSSE");
    tls.init(null, new X509TrustManager[] {trust}, null);
    OtlpHttpSpanExporterBuilder builder =
        OtlpHttpSpanExporter.builder()
            .setEndpoint(endpoint)
            .setCompression(settings.gzip() ? "gzip" : "none")
            .setTimeout(settings.timeout())
            .setExecutorService(ExporterThread.executor())
            // Without one the JDK's client would initialize the application's default context.
            .setSslContext(tls, trust);
    settings.headers().forEach(builder::addHeader);
    return builder.build();
  }

  /** The JVM's usual roots, loaded only if they are needed. */
  static X509TrustManager trust(boolean needed) throws GeneralSecurityException {
    TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX", "SunJSSE");
    if (needed) {
      factory.init((KeyStore) null);
    } else {
      KeyStore none = KeyStore.getInstance("PKCS12", "SUN");
      try {
        none.load(null, null);
      } catch (IOException e) {
        throw new GeneralSecurityException(e);
      }
      factory.init(none);
    }
    return (X509TrustManager) factory.getTrustManagers()[0];
  }

  /** Makes them when they are first asked for; if that fails it says so, and there are none. */
  static final class Lazy implements AutoCloseable {

    private final Callable<Spans> maker;
    private final Consumer<String> warning;
    private volatile @Nullable Spans made;
    private final AtomicBoolean draining = new AtomicBoolean();
    private volatile boolean failed;

    Lazy(Callable<Spans> maker, Consumer<String> warning) {
      this.maker = maker;
      this.warning = warning;
    }

    @Nullable Spans get() {
      Spans spans = made;
      return spans != null || failed ? spans : make();
    }

    private synchronized @Nullable Spans make() {
      if (made == null && !failed) {
        try {
          made = maker.call();
        } catch (Exception | LinkageError e) {
          failed = true;
          warning.accept("spans are not exported: " + e);
        }
      }
      return made;
    }

    /** Waits for those being made: the maker may have read the policies before these. */
    synchronized void update(TelemetryPolicy.Both policies) {
      Spans spans = made;
      if (spans != null) {
        spans.update(policies);
      }
    }

    void flush() {
      Spans spans = made;
      if (spans != null) {
        spans.flush();
      }
    }

    /** Exports what has ended; from then on what ends, soon after, on a daemon thread. */
    void drain() {
      flush();
      if (draining.compareAndSet(false, true)) {
        Thread thread = new Thread(null, this::keepFlushing, "weft-flush", 0, false);
        thread.setDaemon(true);
        thread.setContextClassLoader(Spans.class.getClassLoader());
        thread.start();
      }
    }

    private void keepFlushing() {
      while (!failed) {
        LockSupport.parkNanos(DRAIN_NANOS);
        flush();
      }
    }

    @Override
    public synchronized void close() {
      failed = true;
      Spans spans = made;
      made = null;
      if (spans != null) {
        if (!draining.get()) {
          spans.flush();
        }
        spans.close();
      }
    }
  }

  /** Exports what has ended, for a few seconds at most. */
  void flush() {
    provider.forceFlush().join(FLUSH_SECONDS, TimeUnit.SECONDS);
  }

  /** Exports what has ended since the last flush, for a moment at most. */
  @Override
  public void close() {
    // A flush that is under way may have begun before the last ones ended.
    provider.forceFlush().join(CLOSE_SECONDS, TimeUnit.SECONDS);
    provider.shutdown().join(CLOSE_SECONDS, TimeUnit.SECONDS);
  }
}
