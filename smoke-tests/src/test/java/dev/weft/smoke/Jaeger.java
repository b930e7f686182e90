package dev.weft.smoke;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.weft.demo.process.Await;
import dev.weft.demo.process.Http;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A real Jaeger, all in one process, traces in memory. */
final class Jaeger implements AutoCloseable {

  private static final ObjectMapper JSON = new ObjectMapper();

  private final Process process;
  private final int otlpPort;
  private final int queryPort;

  /**
   * A span as Jaeger tells it; {@code parentId} is empty for one whose parent Jaeger wasn't told.
   */
  record Span(String id, String parentId, String service, String kind) {}

  private Jaeger(Process process, int otlpPort, int queryPort) {
    this.process = process;
    this.otlpPort = otlpPort;
    this.queryPort = queryPort;
  }

  static Jaeger start(Path directory) throws IOException {
    String program = OutsideTool.require("jaeger-all-in-one");
    Files.createDirectories(directory);
    int otlpPort = Http.freePort();
    int queryPort = Http.freePort();
    Process process =
        new ProcessBuilder(
                program,
                "--collector.otlp.http.host-port=127.0.0.1:" + otlpPort,
                "--collector.otlp.grpc.host-port=127.0.0.1:" + Http.freePort(),
                "--query.http-server.host-port=127.0.0.1:" + queryPort,
                "--query.grpc-server.host-port=127.0.0.1:" + Http.freePort(),
                "--collector.http-server.host-port=127.0.0.1:" + Http.freePort(),
                "--collector.grpc-server.host-port=127.0.0.1:" + Http.freePort(),
                "--admin.http.host-port=127.0.0.1:" + Http.freePort(),
                "--http-server.host-port=127.0.0.1:" + Http.freePort(),
                "--processor.jaeger-binary.server-host-port=127.0.0.1:" + Http.freePort(),
                "--processor.jaeger-compact.server-host-port=127.0.0.1:" + Http.freePort(),
                "--processor.zipkin-compact.server-host-port=127.0.0.1:" + Http.freePort())
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("jaeger.log").toFile())
            .start();
    Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
    Jaeger jaeger = new Jaeger(process, otlpPort, queryPort);
    Await.until(
        "Jaeger answers",
        Duration.ofSeconds(30),
        () -> Http.get(jaeger.query("/api/services")).statusCode() == 200);
    return jaeger;
  }

  /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
  String endpoint() {
    return "http://127.0.0.1:" + otlpPort;
  }

  private String query(String path) {
    return "http://127.0.0.1:" + queryPort + path;
  }

  /** The spans of a trace that Jaeger has by now. */
  List<Span> trace(String traceId) throws IOException, InterruptedException {
    HttpResponse<String> response = Http.get(query("/api/traces/" + traceId));
    List<Span> spans = new ArrayList<>();
    if (response.statusCode() == 200) {
      JsonNode trace = JSON.readTree(response.body()).path("data").path(0);
      for (JsonNode span : trace.path("spans")) {
        spans.add(
            new Span(
                span.path("spanID").asText(),
                span.path("references").path(0).path("spanID").asText(""),
                trace
                    .path("processes")
                    .path(span.path("processID").asText())
                    .path("serviceName")
                    .asText(),
                kind(span)));
      }
    }
    return spans;
  }

  private static String kind(JsonNode span) {
    for (JsonNode tag : span.path("tags")) {
      if (tag.path("key").asText().equals("span.kind")) {
        return tag.path("value").asText();
      }
    }
    return "";
  }

  /** It keeps nothing that is worth a goodbye. */
  @Override
  public void close() {
    process.destroyForcibly();
  }
}
