package dev.weft.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import dev.weft.engine.RequestContext;
import dev.weft.engine.ResponseFlag;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Real exporters, real sockets. */
class OtlpExportTest {

  private final BlockingQueue<Export> exports = new LinkedBlockingQueue<>();
  private final HttpServer collector = collector();
  private final List<String> warnings = new ArrayList<>();

  @AfterEach
  void stop() {
    collector.stop(0);
  }

  @Test
  void spansGoToTheEndpointAsProtobufOverHttp() throws Exception {
    try (MeshTelemetry telemetry =
        telemetry(
            Map.of(
                "OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:" + port(),
                "OTEL_EXPORTER_OTLP_HEADERS", "x-tenant=weft%20test",
                "OTEL_SERVICE_NAME", "renamed",
                "OTEL_BSP_SCHEDULE_DELAY", "50"))) {
      telemetry
          .inbound(new Requests.Inbound("/items", null, Map.of()))
          .ended(200, ResponseFlag.NONE, null, null);

      Export export = exports.poll(20, TimeUnit.SECONDS);
      assertThat(export).isNotNull();
      assertThat(export.path).isEqualTo("/v1/traces");
      assertThat(export.tenant).isEqualTo("weft test");
      assertThat(export.type).isEqualTo("application/x-protobuf");
      assertThat(export.body).contains("renamed", "/items", "dev.weft");
    }
    assertThat(warnings).isEmpty();
  }

  @Test
  void exportsInAContextThatTheMeshLeavesAlone() throws Exception {
    ExecutorService threads = ExporterThread.executor();
    assertThat(threads.submit(RequestContext::current).get()).isSameAs(RequestContext.OWN);
    threads.shutdown();
  }

  @Test
  void whatHasEndedIsExportedOnClose() throws Exception {
    MeshTelemetry telemetry =
        telemetry(
            Map.of(
                "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://127.0.0.1:" + port() + "/v1/traces"));
    telemetry
        .inbound(new Requests.Inbound("/last", null, Map.of()))
        .ended(200, ResponseFlag.NONE, null, null);

    telemetry.close();

    assertThat(exports.poll()).isNotNull().extracting(Export::body).asString().contains("/last");
  }

  @Test
  void whatEndsWhileDrainingIsExportedSoon() throws Exception {
    try (MeshTelemetry telemetry = exportingWhenTold()) {
      // Not one to be exported yet: the exporter is made later, too.
      telemetry.drain();
      for (String path : List.of("/first", "/second")) {
        telemetry
            .inbound(new Requests.Inbound(path, null, Map.of()))
            .ended(200, ResponseFlag.NONE, null, null);

        Export export = exports.poll(20, TimeUnit.SECONDS);
        assertThat(export).isNotNull().extracting(Export::body).asString().contains(path);
      }
    }
    await().until(() -> threads("weft-flush").isEmpty());
  }

  @Test
  void drainingWaitsForWhatHasEnded() {
    try (MeshTelemetry telemetry = exportingWhenTold()) {
      telemetry
          .inbound(new Requests.Inbound("/before", null, Map.of()))
          .ended(200, ResponseFlag.NONE, null, null);

      telemetry.drain();

      assertThat(exports.poll())
          .isNotNull()
          .extracting(Export::body)
          .asString()
          .contains("/before");
    }
  }

  private MeshTelemetry exportingWhenTold() {
    return telemetry(
        Map.of(
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            "http://127.0.0.1:" + port(),
            "OTEL_BSP_SCHEDULE_DELAY",
            "600000"));
  }

  @Test
  void grpcGoesOverTheAgentsTransport() throws Exception {
    try (ServerSocket listener = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
        MeshTelemetry telemetry =
            telemetry(
                Map.of(
                    "OTEL_EXPORTER_OTLP_PROTOCOL", "grpc",
                    "OTEL_EXPORTER_OTLP_TIMEOUT", "500",
                    "OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:" + listener.getLocalPort(),
                    "OTEL_BSP_SCHEDULE_DELAY", "50"))) {
      listener.setSoTimeout(20_000);
      telemetry
          .inbound(new Requests.Inbound("/items", null, Map.of()))
          .ended(200, ResponseFlag.NONE, null, null);

      try (var connection = listener.accept()) {
        assertThat(new String(connection.getInputStream().readNBytes(14), StandardCharsets.UTF_8))
            .isEqualTo("PRI * HTTP/2.0");
      }
    }
    assertThat(warnings).isEmpty();
  }

  /** OTEL_EXPORTER_OTLP_LOGS_…: before the service that the mesh names. */
  @Test
  void logsGoToTheWorkloadsOwnEndpoint() throws Exception {
    try (MeshTelemetry telemetry =
        telemetry(
            Map.of(
                "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", "http://127.0.0.1:" + port() + "/v1/logs",
                "OTEL_EXPORTER_OTLP_LOGS_HEADERS", "x-tenant=weft",
                "OTEL_BLRP_SCHEDULE_DELAY", "50"))) {
      telemetry.update(TelemetryTest.LOGGED_BY_OTLP);
      telemetry
          .inbound(new Requests.Inbound("/items", null, Map.of()))
          .ended(200, ResponseFlag.NONE, null, null);
      Export export = exports.poll(20, TimeUnit.SECONDS);
      assertThat(export).isNotNull();
      assertThat(export.path).isEqualTo("/v1/logs");
      assertThat(export.tenant).isEqualTo("weft");
      assertThat(export.type).isEqualTo("application/x-protobuf");
      assertThat(export.body).contains("/items was asked for", "service.name", "catalog");
    }
    assertThat(warnings).isEmpty();
  }

  @Test
  void logsAreNotExportedIfTheWorkloadSaysSo() {
    MeshTelemetry telemetry =
        telemetry(
            Map.of(
                "OTEL_LOGS_EXPORTER",
                "none",
                "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT",
                "http://127.0.0.1:" + port()));
    telemetry.update(TelemetryTest.LOGGED_BY_OTLP);
    telemetry
        .inbound(new Requests.Inbound("/items", null, Map.of()))
        .ended(200, ResponseFlag.NONE, null, null);
    telemetry.close();
    assertThat(exports).isEmpty();
  }

  /** Only by HTTP; the mesh's service is reached by gRPC. */
  @Test
  void anEndpointOfOnesOwnIsByHttp() {
    telemetry(
            Map.of(
                "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", "http://127.0.0.1:1",
                "OTEL_EXPORTER_OTLP_LOGS_PROTOCOL", "grpc"))
        .close();
    assertThat(warnings)
        .singleElement()
        .asString()
        .startsWith("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT has no effect");
  }

  @Test
  void theSdkIsNotLoadedBeforeTheFirstRequest() {
    Map<String, String> environment =
        Map.of("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:" + port());
    // Those of other tests may still be ending.
    Set<Thread> others = exporting();
    MeshTelemetry telemetry = telemetry(environment);

    assertThat(others).containsAll(exporting());
    telemetry.inbound(new Requests.Inbound("/", null, Map.of()));
    await().until(() -> !others.containsAll(exporting()));
    telemetry.close();
  }

  private static Set<Thread> exporting() {
    return threads("BatchSpanProcessor");
  }

  private static Set<Thread> threads(String name) {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith(name))
        .collect(Collectors.toSet());
  }

  private MeshTelemetry telemetry(Map<String, String> environment) {
    return MeshTelemetry.create(
        new WorkloadFacts("catalog", "shop", "catalog-v1", "catalog-v1-7f9c", "node", Map.of()),
        () -> "spiffe://td/ns/shop/sa/c",
        new HashMap<>(environment)::get,
        warnings::add);
  }

  private int port() {
    return collector.getAddress().getPort();
  }

  private HttpServer collector() {
    try {
      HttpServer server =
          HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 5);
      server.createContext(
          "/",
          exchange -> {
            exports.add(
                new Export(
                    exchange.getRequestURI().getPath(),
                    exchange.getRequestHeaders().getFirst("content-type"),
                    exchange.getRequestHeaders().getFirst("x-tenant"),
                    new String(
                        exchange.getRequestBody().readAllBytes(), StandardCharsets.ISO_8859_1)));
            exchange.sendResponseHeaders(200, -1);
            exchange.close();
          });
      server.start();
      return server;
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private record Export(String path, String type, String tenant, String body) {}
}
