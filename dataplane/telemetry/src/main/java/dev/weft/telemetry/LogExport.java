package dev.weft.telemetry;

import dev.weft.engine.Header;
import dev.weft.engine.model.AccessLogPolicy.Otlp;
import dev.weft.engine.spi.MeshRequests;
import dev.weft.telemetry.accesslog.OtlpLogs;
import io.opentelemetry.exporter.internal.http.HttpExporter;
import io.opentelemetry.exporter.internal.http.HttpExporterBuilder;
import io.opentelemetry.exporter.internal.marshal.Marshaler;
import io.opentelemetry.exporter.internal.marshal.Serializer;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.internal.StandardComponentId;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/** Ways of OTLP's logs. */
final class LogExport {

  private static final String METHOD = "opentelemetry.proto.collector.logs.v1.LogsService/Export";

  private LogExport() {}

  /**
   * To the service that the mesh names, as the mesh's own requests go.
   *
   * @param mesh null while it isn't there
   */
  static OtlpLogs.Export throughMesh(
      OtelLogSettings settings, Supplier<@Nullable MeshRequests> mesh) {
    List<Header> headers =
        settings.headers().entrySet().stream()
            .map(header -> new Header(header.getKey(), header.getValue()))
            .toList();
    return (to, request, timeout) -> {
      MeshRequests requests = mesh.get();
      return requests == null
          ? null
          : requests.unary(to.cluster(), to.authority(), METHOD, headers, request, timeout);
    };
  }

  /** To the workload's own endpoint, by HTTP. OpenTelemetry's classes are loaded by the first. */
  static OtlpLogs.Export toEndpoint(OtelLogSettings settings, String endpoint) {
    return new OtlpLogs.Export() {
      private @Nullable HttpExporter<Marshaler> exporter;

      @Override
      public CompletionStage<?> send(Otlp to, byte[] request, Duration timeout) {
        if (exporter == null) {
          exporter = exporter(settings, endpoint);
        }
        CompletableFuture<@Nullable Void> sent = new CompletableFuture<>();
        CompletableResultCode result = exporter.export(new Encoded(request), 1);
        result.whenComplete(
            () -> {
              if (result.isSuccess()) {
                sent.complete(null);
              } else {
                sent.completeExceptionally(new IOException(endpoint + " doesn't take them"));
              }
            });
        return sent;
      }
    };
  }

  private static HttpExporter<Marshaler> exporter(OtelLogSettings settings, String endpoint) {
    try {
      X509TrustManager trust = Spans.trust(endpoint.startsWith("https:"));
      SSLContext tls = SSLContext.getInstance("TLS", "SunJSSE");
      tls.init(null, new X509TrustManager[] {trust}, null);
      HttpExporterBuilder<Marshaler> builder =
          new HttpExporterBuilder<Marshaler>(
                  StandardComponentId.ExporterType.OTLP_HTTP_LOG_EXPORTER, endpoint)
              .setCompression(settings.gzip() ? "gzip" : "none")
              .setTimeout(settings.batch().timeout().toMillis(), TimeUnit.MILLISECONDS)
              .setExecutorService(ExporterThread.executor())
              .setSslContext(tls, trust);
      settings.headers().forEach(builder::addConstantHeaders);
      return builder.build();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("no TLS to " + endpoint, e);
    }
  }

  /** A message that is encoded already. */
  private static final class Encoded extends Marshaler {

    private final byte[] message;

    Encoded(byte[] message) {
      this.message = message;
    }

    @Override
    public int getBinarySerializedSize() {
      return message.length;
    }

    @Override
    protected void writeTo(Serializer output) throws IOException {
      output.writeSerializedMessage(message, "");
    }
  }
}
