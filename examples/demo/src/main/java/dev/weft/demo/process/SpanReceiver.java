package dev.weft.demo.process;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.zip.GZIPInputStream;

/** Takes OTLP over HTTP and keeps the spans in memory. */
public final class SpanReceiver implements AutoCloseable {

  private final HttpServer server;
  private final ConcurrentLinkedQueue<ReceivedSpan> spans = new ConcurrentLinkedQueue<>();

  /**
   * @param parentId empty for a root
   */
  public record ReceivedSpan(
      String traceId, String spanId, String parentId, String service, String kind, String name) {}

  private SpanReceiver(HttpServer server) {
    this.server = server;
  }

  public static SpanReceiver start() throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 16);
    SpanReceiver receiver = new SpanReceiver(server);
    server.createContext("/v1/traces", receiver::receive);
    server.start();
    return receiver;
  }

  /** For OTEL_EXPORTER_OTLP_ENDPOINT, with OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf. */
  public String endpoint() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  /** The spans of a trace that have arrived so far, in the order of arrival. */
  public List<ReceivedSpan> trace(String traceId) {
    return spans.stream().filter(span -> span.traceId().equals(traceId)).toList();
  }

  public List<ReceivedSpan> all() {
    return new ArrayList<>(spans);
  }

  private void receive(HttpExchange exchange) throws IOException {
    try (exchange) {
      boolean gzip = "gzip".equals(exchange.getRequestHeaders().getFirst("Content-Encoding"));
      InputStream body = exchange.getRequestBody();
      ExportTraceServiceRequest request =
          ExportTraceServiceRequest.parseFrom(gzip ? new GZIPInputStream(body) : body);
      for (ResourceSpans resource : request.getResourceSpansList()) {
        String service = service(resource);
        for (ScopeSpans scope : resource.getScopeSpansList()) {
          scope.getSpansList().forEach(span -> spans.add(received(service, span)));
        }
      }
      exchange.getResponseHeaders().add("Content-Type", "application/x-protobuf");
      exchange.sendResponseHeaders(200, -1);
    }
  }

  private static ReceivedSpan received(String service, io.opentelemetry.proto.trace.v1.Span span) {
    HexFormat hex = HexFormat.of();
    return new ReceivedSpan(
        hex.formatHex(span.getTraceId().toByteArray()),
        hex.formatHex(span.getSpanId().toByteArray()),
        hex.formatHex(span.getParentSpanId().toByteArray()),
        service,
        span.getKind().name().replace("SPAN_KIND_", ""),
        span.getName());
  }

  private static String service(ResourceSpans resource) {
    return resource.getResource().getAttributesList().stream()
        .filter(attribute -> attribute.getKey().equals("service.name"))
        .map(KeyValue::getValue)
        .map(value -> value.getStringValue())
        .findFirst()
        .orElse("?");
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
