package dev.weft.telemetry;

import dev.weft.engine.Header;
import dev.weft.engine.RequestContext;
import dev.weft.engine.model.SpanCollector;
import dev.weft.engine.model.TelemetryPolicy;
import dev.weft.engine.model.TracingPolicy;
import dev.weft.engine.spi.AsyncClient;
import dev.weft.engine.spi.MeshRequests;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.exporter.internal.otlp.traces.TraceRequestMarshaler;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Sends spans to the services that the mesh names, as the mesh's own requests go. What nobody takes
 * is lost and counted.
 */
final class MeshSpanExporter implements SpanExporter {

  private static final String METHOD = "opentelemetry.proto.collector.trace.v1.TraceService/Export";

  private final Supplier<TelemetryPolicy.Both> policies;
  private final Supplier<@Nullable MeshRequests> mesh;
  private final Duration timeout;
  private final LongConsumer lost;
  private final Consumer<String> warning;
  private final AtomicBoolean failing = new AtomicBoolean();

  /**
   * @param mesh null while it isn't there
   * @param timeout where the mesh says none
   * @param lost told how many spans weren't taken
   * @param warning told why, once until they are taken again
   */
  MeshSpanExporter(
      Supplier<TelemetryPolicy.Both> policies,
      Supplier<@Nullable MeshRequests> mesh,
      Duration timeout,
      LongConsumer lost,
      Consumer<String> warning) {
    this.policies = policies;
    this.mesh = mesh;
    this.timeout = timeout;
    this.lost = lost;
    this.warning = warning;
  }

  /** Where spans of that kind go; null: nowhere. */
  private static @Nullable SpanCollector collector(TelemetryPolicy.Both policies, SpanKind kind) {
    TracingPolicy tracing =
        (kind == SpanKind.SERVER ? policies.inbound() : policies.outbound()).tracing();
    return tracing == null ? null : tracing.collector();
  }

  @Override
  public CompletableResultCode export(Collection<SpanData> spans) {
    TelemetryPolicy.Both now = policies.get();
    Map<SpanCollector, List<SpanData>> byCollector = new LinkedHashMap<>();
    int nowhere = 0;
    for (SpanData span : spans) {
      SpanCollector collector = collector(now, span.getKind());
      if (collector == null) {
        // It went while they waited.
        nowhere++;
      } else {
        byCollector.computeIfAbsent(collector, to -> new ArrayList<>()).add(span);
      }
    }
    if (nowhere > 0) {
      lost.accept(nowhere);
    }
    List<CompletableResultCode> results = new ArrayList<>();
    // What it does is Weft's own traffic: not to be routed, observed or traced.
    RequestContext before = RequestContext.swap(RequestContext.OWN);
    try {
      byCollector.forEach((collector, some) -> results.add(export(collector, some)));
    } finally {
      RequestContext unused = RequestContext.swap(before);
    }
    return CompletableResultCode.ofAll(results);
  }

  private CompletableResultCode export(SpanCollector collector, List<SpanData> spans) {
    CompletableResultCode result = new CompletableResultCode();
    send(collector, spans)
        .whenComplete(
            (answer, failure) -> {
              if (failure == null) {
                failing.set(false);
                result.succeed();
              } else {
                lost.accept(spans.size());
                if (failing.compareAndSet(false, true)) {
                  warning.accept(
                      "spans are not taken by " + collector.cluster() + ": " + words(failure));
                }
                result.fail();
              }
            });
    return result;
  }

  private static String words(Throwable failure) {
    Throwable cause = failure.getCause() == null ? failure : failure.getCause();
    return String.valueOf(cause.getMessage() == null ? cause : cause.getMessage());
  }

  private CompletionStage<?> send(SpanCollector collector, List<SpanData> spans) {
    MeshRequests requests = mesh.get();
    CompletionStage<?> sent = null;
    try {
      if (requests != null) {
        sent = send(requests, collector, spans);
      }
    } catch (RuntimeException e) {
      return CompletableFuture.failedStage(e);
    }
    return sent == null ? CompletableFuture.failedStage(new IOException("it is not known")) : sent;
  }

  private @Nullable CompletionStage<?> send(
      MeshRequests requests, SpanCollector collector, List<SpanData> spans) {
    if (collector instanceof SpanCollector.OtlpGrpc grpc) {
      return requests.unary(
          grpc.cluster(),
          grpc.authority(),
          METHOD,
          grpc.metadata(),
          otlp(spans),
          within(grpc.timeout()));
    } else if (collector instanceof SpanCollector.OtlpHttp http) {
      return post(requests, http.post(), "application/x-protobuf", otlp(spans));
    }
    SpanCollector.Zipkin zipkin = (SpanCollector.Zipkin) collector;
    return post(requests, zipkin.post(), "application/json", ZipkinJson.encode(spans));
  }

  private @Nullable CompletionStage<?> post(
      MeshRequests requests, SpanCollector.Post post, String type, byte[] body) {
    List<Header> headers = new ArrayList<>();
    headers.add(new Header("content-type", type));
    headers.addAll(post.headers());
    CompletionStage<AsyncClient.Response> sent =
        requests.send(
            post.cluster(),
            new AsyncClient.Request("POST", post.authority(), post.path(), headers, body),
            within(post.timeout()));
    return sent == null
        ? null
        : sent.thenCompose(
            response ->
                response.status() / 100 == 2
                    ? CompletableFuture.completedStage(response)
                    : CompletableFuture.failedStage(
                        new IOException("it answers " + response.status())));
  }

  private Duration within(@Nullable Duration said) {
    return said == null ? timeout : said;
  }

  private static byte[] otlp(List<SpanData> spans) {
    TraceRequestMarshaler message = TraceRequestMarshaler.create(spans);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(message.getBinarySerializedSize());
    try {
      message.writeBinaryTo(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException("memory can't be written to", e);
    }
    return bytes.toByteArray();
  }

  @Override
  public CompletableResultCode flush() {
    return CompletableResultCode.ofSuccess();
  }

  @Override
  public CompletableResultCode shutdown() {
    return CompletableResultCode.ofSuccess();
  }
}
