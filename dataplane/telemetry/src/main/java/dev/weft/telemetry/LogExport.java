package dev.weft.telemetry;

import dev.weft.engine.Header;
import dev.weft.engine.model.AccessLogPolicy.Als;
import dev.weft.engine.model.AccessLogPolicy.Remote;
import dev.weft.engine.spi.AsyncClient.CallFailed;
import dev.weft.engine.spi.MeshRequests;
import dev.weft.telemetry.accesslog.RemoteLogs;
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
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/** Ways of logs that leave the workload. */
final class LogExport {

  private static final int OK = 0;
  private static final String METHOD = "opentelemetry.proto.collector.logs.v1.LogsService/Export";

  private static final String ALS = "envoy.service.accesslog.v3.AccessLogService/StreamAccessLogs";

  private LogExport() {}

  /**
   * @param mesh null while it isn't there
   */
  static RemoteLogs.Export of(OtelLogSettings settings, Supplier<@Nullable MeshRequests> mesh) {
    String endpoint = settings.endpoint();
    RemoteLogs.Export otlp =
        endpoint == null ? throughMesh(settings, mesh) : toEndpoint(settings, endpoint);
    RemoteLogs.Export als = toAls(mesh);
    return (to, request, timeout) -> (to instanceof Als ? als : otlp).send(to, request, timeout);
  }

  /**
   * A stream for each batch, which the service may end without an answer: who streams to it doesn't
   * wait for one. (To gRPC a stream of one message is no other than a unary call.)
   */
  private static RemoteLogs.Export toAls(Supplier<@Nullable MeshRequests> mesh) {
    return (to, request, timeout) -> {
      MeshRequests requests = mesh.get();
      CompletionStage<byte[]> sent =
          requests == null
              ? null
              : requests.unary(to.cluster(), to.authority(), ALS, List.of(), request, timeout);
      return sent == null ? null : sent.exceptionally(LogExport::withoutAnswer);
    };
  }

  private static byte[] withoutAnswer(Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    if (cause instanceof CallFailed call && call.status() == OK) {
      return new byte[0];
    }
    throw cause instanceof CompletionException ended ? ended : new CompletionException(cause);
  }

  /** To the service that the mesh names, as the mesh's own requests go. */
  private static RemoteLogs.Export throughMesh(
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
  private static RemoteLogs.Export toEndpoint(OtelLogSettings settings, String endpoint) {
    return new RemoteLogs.Export() {
      private @Nullable HttpExporter<Marshaler> exporter;

      @Override
      public CompletionStage<?> send(Remote to, byte[] request, Duration timeout) {
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
