package dev.weft.telemetry;

import static dev.weft.telemetry.Requests.CATALOG_V1;
import static dev.weft.telemetry.Requests.CLUSTER;
import static dev.weft.telemetry.Requests.STOREFRONT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weft.engine.Deadline;
import dev.weft.engine.Header;
import dev.weft.engine.HeaderEdits;
import dev.weft.engine.RequestContext;
import dev.weft.engine.ResponseFlag;
import dev.weft.engine.TraceContext;
import dev.weft.engine.model.Assignment;
import dev.weft.engine.model.CircuitBreakers;
import dev.weft.engine.model.Cluster;
import dev.weft.engine.model.LoadBalancing;
import dev.weft.engine.model.SpanCollector;
import dev.weft.engine.model.TelemetryPolicy;
import dev.weft.engine.model.TracingPolicy;
import dev.weft.engine.spi.AsyncClient;
import dev.weft.engine.spi.Telemetry.AttemptObservation;
import dev.weft.engine.spi.Telemetry.InboundObservation;
import dev.weft.telemetry.accesslog.LogWriter;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Envoy's Tracing.Http: spans go to the service that the mesh names, as its own requests do. */
class MeshSpansTest extends TelemetryTest {

  private static final String COLLECTOR = "outbound|4317||collector";
  private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
  private static final String PARENT = "b7ad6b7169203331";
  private static final Header KEY = new Header("x-key", "secret");
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final SpanCollector GRPC =
      new SpanCollector.OtlpGrpc(COLLECTOR, "collector", List.of(KEY), SECOND);

  private final RecordingMesh mesh = new RecordingMesh();

  private MeshTelemetry traced(SpanCollector collector, Map<String, String> environment) {
    mesh.configure(
        new Cluster(
            COLLECTOR,
            LoadBalancing.ROUND_ROBIN,
            SECOND,
            null,
            false,
            null,
            CircuitBreakers.NONE,
            null,
            Assignment.of(List.of(CATALOG_V1))));
    MeshTelemetry telemetry = set(environment);
    telemetry.attach(mesh.engine, "1");
    telemetry.update(both(collector));
    return telemetry;
  }

  private static TelemetryPolicy.Both both(@Nullable SpanCollector collector) {
    TelemetryPolicy policy =
        new TelemetryPolicy(
            List.of(),
            new TracingPolicy(100, 100, 256, true, List.of(), true, collector),
            List.of());
    return new TelemetryPolicy.Both(policy, policy);
  }

  private static SpanCollector.Post post(String path) {
    return new SpanCollector.Post(COLLECTOR, "collector", path, List.of(KEY), null);
  }

  private Object[] sent(MeshTelemetry telemetry) {
    telemetry.inbound(inbound(Map.of())).ended(200, ResponseFlag.NONE, null, null);
    // A flush asked for as the one before ends does nothing.
    await()
        .until(
            () -> {
              telemetry.flush();
              return !mesh.calls.isEmpty();
            });
    return mesh.calls.remove();
  }

  /** OpenTelemetryConfig.grpc_service: cluster, authority, initial_metadata, timeout. */
  @Test
  void otlpOverGrpc() {
    Object[] call = sent(traced(GRPC, Map.of()));
    assertThat(call[1]).isEqualTo("collector");
    assertThat(call[2]).isEqualTo("opentelemetry.proto.collector.trace.v1.TraceService/Export");
    assertThat(call[3]).isEqualTo(List.of(KEY));
    assertThat(new String((byte[]) call[4], StandardCharsets.ISO_8859_1))
        .contains("service.name", "catalog", "/items", "guid:x-request-id");
    assertThat(call[5]).isEqualTo(SECOND);
    assertThat(warnings).isEmpty();
  }

  /** OpenTelemetryConfig.http_service: uri, request_headers_to_add, timeout. */
  @Test
  void otlpOverHttp() {
    Object[] call =
        sent(
            traced(
                new SpanCollector.OtlpHttp(post("/v1/traces")),
                Map.of("OTEL_EXPORTER_OTLP_TIMEOUT", "1234")));
    AsyncClient.Request request = (AsyncClient.Request) call[1];
    assertThat(request.method()).isEqualTo("POST");
    assertThat(request.authority()).isEqualTo("collector");
    assertThat(request.path()).isEqualTo("/v1/traces");
    assertThat(request.headers())
        .containsExactly(new Header("content-type", "application/x-protobuf"), KEY);
    assertThat(new String(request.body(), StandardCharsets.ISO_8859_1)).contains("/items");
    assertThat(call[2]).as("where the mesh says none").isEqualTo(Duration.ofMillis(1234));
  }

  /** ZipkinConfig: HTTP_JSON, by zipkin2-api.yaml. */
  @Test
  void zipkinsJson() {
    MeshTelemetry telemetry =
        traced(new SpanCollector.Zipkin(post("/api/v2/spans"), false, false), Map.of());
    InboundObservation request =
        telemetry.inbound(
            new Requests.Inbound(
                "/a\"b",
                STOREFRONT,
                Map.of("x-b3-traceid", TRACE, "x-b3-spanid", PARENT, "x-b3-sampled", "1")));
    request.ended(503, ResponseFlag.NONE, null, null);
    telemetry.flush();
    AsyncClient.Request sent = (AsyncClient.Request) mesh.calls.remove()[1];
    assertThat(sent.path()).isEqualTo("/api/v2/spans");
    assertThat(sent.headers()).contains(new Header("content-type", "application/json"));
    assertThat(new String(sent.body(), StandardCharsets.UTF_8))
        .startsWith("[{\"traceId\":\"" + TRACE + "\",\"id\":\"")
        .contains(
            "\"parentId\":\"" + PARENT + "\",\"kind\":\"SERVER\",\"timestamp\":",
            ",\"name\":\"GET\"",
            "\"localEndpoint\":{\"serviceName\":\"catalog\"}",
            "\"remoteEndpoint\":{\"ipv4\":\"10.0.0.9\",\"port\":41204}",
            "\"url.path\":\"/a\\\"b\"",
            "\"http.response.status_code\":\"503\"",
            "\"error\":\"true\"")
        .endsWith("}}]");
  }

  /** ZipkinConfig.trace_id_128bit, trace_context_option: B3's headers, W3C's if it says so. */
  @Test
  void zipkinsContext() {
    Map<String, String> b3 =
        headers(traced(new SpanCollector.Zipkin(post("/"), true, false), Map.of()));
    assertThat(b3).containsOnlyKeys("x-b3-traceid", "x-b3-spanid", "x-b3-sampled");
    assertThat(b3.get("x-b3-traceid")).as("64 bits").hasSize(16);
    Map<String, String> both =
        headers(traced(new SpanCollector.Zipkin(post("/"), false, true), Map.of()));
    assertThat(both).containsKeys("traceparent", "x-b3-traceid");
    assertThat(both.get("traceparent")).contains(both.get("x-b3-traceid"));
    assertThat(
            headers(
                traced(
                    new SpanCollector.Zipkin(post("/"), false, true),
                    Map.of("OTEL_PROPAGATORS", "b3"))))
        .as("what is set for one workload counts for more")
        .containsOnlyKeys("b3");
  }

  /** Nor how contexts are written and how long IDs are, where it doesn't get the spans. */
  @Test
  void aZipkinThatTheWorkloadLeftOutHasNoSay() {
    SpanCollector zipkin = new SpanCollector.Zipkin(post("/"), true, false);
    Map<String, String> headers =
        headers(traced(zipkin, Map.of("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")));
    assertThat(headers).containsOnlyKeys("traceparent");
    assertThat(headers.get("traceparent")).as("128 bits").doesNotContain("-" + "0".repeat(16));
    MeshTelemetry none = traced(zipkin, Map.of("OTEL_TRACES_EXPORTER", "none"));
    RequestContext passing =
        new RequestContext(new TraceContext(TRACE, PARENT, true, ""), Deadline.NONE);
    assertThat(headers(none, passing)).containsOnlyKeys("traceparent");
  }

  private static Map<String, String> headers(MeshTelemetry telemetry) {
    return headers(telemetry, null);
  }

  private static Map<String, String> headers(
      MeshTelemetry telemetry, @Nullable RequestContext parent) {
    AttemptObservation attempt =
        telemetry
            .outbound(new Requests.Outbound(Map.of()), parent)
            .attempt(1, "split", CLUSTER, CATALOG_V1, false);
    Map<String, String> headers = new java.util.HashMap<>();
    attempt.requestHeaders().set().forEach(header -> headers.put(header.name(), header.value()));
    return headers;
  }

  /** Each of these variables says where spans go, or that they don't. */
  @Test
  void theWorkloadsOwnSettingsWin() {
    for (Map<String, String> environment :
        List.of(
            Map.of("OTEL_TRACES_EXPORTER", "none"),
            Map.of("OTEL_SDK_DISABLED", "true"),
            Map.of("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1"),
            Map.of("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://127.0.0.1:1"))) {
      MeshTelemetry telemetry = traced(GRPC, environment);
      telemetry.inbound(inbound(Map.of())).ended(200, ResponseFlag.NONE, null, null);
      telemetry.close();
      assertThat(mesh.calls).as(environment.toString()).isEmpty();
    }
  }

  @Test
  void withoutACollectorThereAreNoSpans() {
    MeshTelemetry telemetry = traced(GRPC, Map.of());
    telemetry.update(both(null));
    InboundObservation request = telemetry.inbound(inbound(Map.of()));
    assertThat(request.context().trace()).isNull();
    telemetry.update(both(GRPC));
    assertThat(telemetry.inbound(inbound(Map.of())).context().trace()).isNotNull();
  }

  @Test
  void noRequestWaitsForWhatAPolicyMakesLoad() {
    AtomicBoolean loading = new AtomicBoolean();
    AtomicReference<@Nullable TraceContext> meanwhile = new AtomicReference<>();
    List<MeshTelemetry> telemetry = new ArrayList<>();
    telemetry.add(
        new MeshTelemetry(
            self,
            () -> {
              if (loading.compareAndSet(true, false)) {
                meanwhile.set(telemetry.get(0).inbound(inbound(Map.of())).context().trace());
              }
              return PRINCIPAL;
            },
            OtelSettings.read(name -> null, self, warnings::add),
            null,
            HeaderEdits.NONE,
            Reportings.LocalLog.NONE,
            LogWriter.to(OutputStream.nullOutputStream()),
            name -> null,
            warnings::add));
    telemetry.get(0).warmUp();
    loading.set(true);
    telemetry.get(0).update(both(GRPC));
    assertThat(loading).as("asked for while spans are made").isFalse();
    assertThat(meanwhile).as("not traced yet").hasValue(null);
    assertThat(telemetry.get(0).inbound(inbound(Map.of())).context().trace()).isNotNull();
  }

  @Test
  void aPolicyThatComesWhileSpansAreMadeIsInForce() throws Exception {
    OtelSettings settings = OtelSettings.read(name -> null, self, warnings::add);
    List<Spans.Lazy> spans = new ArrayList<>();
    List<Thread> updates = new ArrayList<>();
    spans.add(
        new Spans.Lazy(
            () -> {
              Thread update = new Thread(() -> spans.get(0).update(sampling(0)));
              updates.add(update);
              update.start();
              await().until(() -> SETTLED.contains(update.getState()));
              return new Spans(settings, self, null, SpanExporter.composite(), sampling(100));
            },
            warnings::add));
    Spans made = Objects.requireNonNull(spans.get(0).get());
    updates.get(0).join();
    assertThat(made.start(SpanKind.SERVER, "GET", null, "id")).as("overall sampling: 0").isNull();
    spans.get(0).close();
  }

  private static final Set<Thread.State> SETTLED =
      Set.of(Thread.State.BLOCKED, Thread.State.TERMINATED);

  private static TelemetryPolicy.Both sampling(double overall) {
    TelemetryPolicy policy =
        new TelemetryPolicy(
            List.of(),
            new TracingPolicy(100, overall, 256, true, List.of(), true, null),
            List.of());
    return new TelemetryPolicy.Both(policy, policy);
  }

  @Test
  void whatIsNotTakenIsCountedAndSaidOnce() {
    MeshTelemetry telemetry = traced(new SpanCollector.OtlpHttp(post("/v1/traces")), Map.of());
    mesh.status = 500;
    Object[] unused = sent(telemetry);
    unused = sent(telemetry);
    await().until(() -> line(telemetry, "weft_spans_lost_total").endsWith(" 2.0"));
    assertThat(warnings)
        .containsExactly("spans are not taken by " + COLLECTOR + ": it answers 500");
  }
}
