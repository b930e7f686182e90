package dev.weft.telemetry;

import static dev.weft.telemetry.Requests.CATALOG_V1;
import static dev.weft.telemetry.Requests.CLUSTER;
import static dev.weft.telemetry.Requests.STOREFRONT;
import static io.opentelemetry.api.common.AttributeKey.stringKey;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.weft.engine.Header;
import dev.weft.engine.HeaderEdits;
import dev.weft.engine.HeaderSource;
import dev.weft.engine.PeerMetadata;
import dev.weft.engine.RequestContext;
import dev.weft.engine.ResponseFlag;
import dev.weft.engine.TraceContext;
import dev.weft.engine.model.Endpoint;
import dev.weft.engine.spi.Telemetry.AttemptObservation;
import dev.weft.engine.spi.Telemetry.InboundObservation;
import dev.weft.engine.spi.Telemetry.OutboundObservation;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class MeshTelemetryTest {

  private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
  private static final String PARENT = "b7ad6b7169203331";
  private static final String TRACEPARENT = "00-" + TRACE + "-" + PARENT + "-01";

  private static final String PRINCIPAL = "spiffe://other.example/ns/shop/sa/catalog";
  private static final String CATALOG = "spiffe://cluster.local/ns/shop/sa/catalog";

  private final WorkloadFacts self =
      new WorkloadFacts(
          "catalog",
          "shop",
          "catalog-v1",
          "catalog-v1-7f9c",
          "sidecar~10.0.0.7~catalog-v1-7f9c.shop~shop.svc.cluster.local",
          Map.of("app", "catalog", "version", "v1"));
  private final RecordingExporter exported = new RecordingExporter();
  private final ByteArrayOutputStream log = new ByteArrayOutputStream();
  private final List<String> warnings = new ArrayList<>();

  @Test
  void oneTraceFromCallerThroughServerSpanToEachAttempt() {
    MeshTelemetry telemetry = tracing(Map.of());
    InboundObservation inbound =
        telemetry.inbound(inbound(Map.of("traceparent", TRACEPARENT, "tracestate", "a=1")));
    OutboundObservation call =
        telemetry.outbound(new Requests.Outbound(Map.of()), inbound.context());
    AttemptObservation first = call.attempt(1, "split", CLUSTER, CATALOG_V1, true);
    first.ended(new IOException("reset"), ResponseFlag.UPSTREAM_CONNECTION_TERMINATION);
    AttemptObservation second = call.attempt(2, "split", CLUSTER, CATALOG_V1, true);
    second.responded(200, HeaderSource.NONE);
    second.ended(null, ResponseFlag.NONE);
    inbound.ended(200, ResponseFlag.NONE, null, null);

    List<SpanData> spans = spans(telemetry);
    SpanData server = spans.get(0);
    assertThat(server.getKind()).isEqualTo(SpanKind.SERVER);
    assertThat(server.getTraceId()).isEqualTo(TRACE);
    assertThat(server.getParentSpanId()).isEqualTo(PARENT);
    assertThat(server.getAttributes().get(SpanFacts.PRINCIPAL)).isEqualTo(STOREFRONT);
    assertThat(server.getAttributes().get(SpanFacts.PATH)).isEqualTo("/items");
    assertThat(server.getResource().getAttributes().asMap().toString())
        .contains("service.name=catalog");
    assertThat(spans.subList(1, 3))
        .allSatisfy(
            span -> {
              assertThat(span.getKind()).isEqualTo(SpanKind.CLIENT);
              assertThat(span.getParentSpanId()).isEqualTo(server.getSpanId());
              assertThat(span.getTraceId()).isEqualTo(TRACE);
            });
    assertThat(spans.get(1).getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
    assertThat(spans.get(1).getAttributes().get(SpanFacts.ERROR)).isEqualTo("java.io.IOException");
    assertThat(spans.get(2).getAttributes().get(SpanFacts.STATUS)).isEqualTo(200);
    assertThat(spans.get(2).getAttributes().get(SpanFacts.RESENDS)).isEqualTo(1);
    assertThat(spans.get(2).getAttributes().asMap())
        .containsEntry(stringKey("weft.route"), "split")
        .containsEntry(stringKey("upstream_cluster"), CLUSTER);
    assertThat(second.requestHeaders().set())
        .containsExactly(
            new Header("traceparent", "00-" + TRACE + "-" + spans.get(2).getSpanId() + "-01"),
            new Header("tracestate", "a=1"),
            new Header(PeerMetadata.HEADER, PeerStruct.encode(self)),
            new Header(PeerMetadata.ID_HEADER, self.nodeId()));
  }

  @Test
  void aHeaderThatTheApplicationSetIsTheParentAndWins() {
    RequestContext server = context("11111111111111111111111111111111");
    Map<String, Map<String, String>> spellings =
        Map.of(
            "traceparent", Map.of("traceparent", TRACEPARENT),
            "b3", Map.of("b3", TRACE + "-" + PARENT + "-1"),
            "x-b3-spanid",
                Map.of("x-b3-traceid", TRACE, "x-b3-spanid", PARENT, "x-b3-sampled", "1"));

    spellings.forEach(
        (name, headers) -> {
          MeshTelemetry telemetry = tracing(Map.of());
          AttemptObservation attempt =
              telemetry
                  .outbound(new Requests.Outbound(headers), server)
                  .attempt(1, "split", CLUSTER, CATALOG_V1, false);
          attempt.ended(null, ResponseFlag.NONE);

          SpanData span = spans(telemetry).get(0);
          assertThat(span.getTraceId()).isEqualTo(TRACE);
          assertThat(span.getParentSpanId()).isEqualTo(PARENT);
          List<Header> set = attempt.requestHeaders().set();
          assertThat(set).extracting(Header::name).containsAll(headers.keySet());
          assertThat(set)
              .filteredOn(header -> header.name().equals(name))
              .first()
              .extracting(Header::value)
              .asString()
              .contains(span.getSpanId());
          exported.spans.clear();
        });
  }

  @Test
  void theOthersFormatsAreWrittenWhereNoHeaderSaysWhich() {
    AttemptObservation attempt =
        tracing(Map.of("OTEL_PROPAGATORS", "b3multi,b3"))
            .outbound(new Requests.Outbound(Map.of()), null)
            .attempt(1, "split", CLUSTER, CATALOG_V1, false);

    assertThat(attempt.requestHeaders().set())
        .extracting(Header::name)
        .containsExactly("b3", "x-b3-traceid", "x-b3-spanid", "x-b3-sampled");
  }

  @Test
  void withoutExporterAContextPassesThroughAndNoneIsBegun() {
    MeshTelemetry telemetry =
        MeshTelemetry.create(self, () -> PRINCIPAL, name -> null, warnings::add);

    InboundObservation inbound =
        telemetry.inbound(inbound(Map.of("traceparent", TRACEPARENT, "tracestate", "a=1")));
    assertThat(headers(telemetry, inbound.context(), Map.of()).set())
        .containsExactly(new Header("traceparent", TRACEPARENT), new Header("tracestate", "a=1"));
    assertThat(headers(telemetry, inbound.context(), Map.of("b3", TRACE + "-" + PARENT)))
        .isEqualTo(HeaderEdits.NONE);

    assertThat(telemetry.inbound(inbound(Map.of())).context().trace()).isNull();
    assertThat(headers(telemetry, null, Map.of())).isEqualTo(HeaderEdits.NONE);
    assertThat(warnings).isEmpty();
  }

  @Test
  void theSamplerDecidesForNewTracesAndTheParentForOthers() {
    MeshTelemetry telemetry = tracing(Map.of("OTEL_TRACES_SAMPLER", "parentbased_always_off"));
    telemetry.inbound(inbound(Map.of())).ended(200, ResponseFlag.NONE, null, null);
    telemetry
        .inbound(inbound(Map.of("traceparent", TRACEPARENT)))
        .ended(200, ResponseFlag.NONE, null, null);

    assertThat(spans(telemetry)).singleElement().matches(s -> s.getTraceId().equals(TRACE));
  }

  @Test
  void anUnreadableContextIsNone() {
    for (String traceparent :
        List.of(
            "",
            "00-" + TRACE,
            "ff-" + TRACE + "-" + PARENT + "-01",
            "00-" + "0".repeat(32) + "-" + PARENT + "-01",
            "00-" + TRACE.replace('a', 'x') + "-" + PARENT + "-01",
            TRACEPARENT + "-extra")) {
      assertThat(TraceHeaders.read(new Requests.Outbound(Map.of("traceparent", traceparent))))
          .as(traceparent)
          .isNull();
    }
    assertThat(TraceHeaders.read(new Requests.Outbound(Map.of("b3", "0")))).isNull();
  }

  @Test
  void metricsBearIstiosNamesAtTheSource() {
    MeshTelemetry telemetry =
        MeshTelemetry.create(self, () -> PRINCIPAL, name -> null, warnings::add);
    for (int i = 0; i < 3; i++) {
      telemetry
          .outbound(new Requests.Outbound(Map.of()), null)
          .ended(200, ResponseFlag.NONE, "canary", CLUSTER, CATALOG_V1, true, CATALOG);
    }

    assertThat(line(telemetry, "istio_requests_total{"))
        .contains(
            "reporter=\"source\"",
            "source_version=\"v1\"",
            "source_cluster=\"unknown\"",
            "destination_cluster=\"unknown\"",
            "source_workload=\"catalog-v1\"",
            "source_principal=\"" + PRINCIPAL + "\"",
            "destination_workload=\"catalog-v1\"",
            "destination_version=\"v1\"",
            "destination_service=\"catalog.shop.svc.cluster.local\"",
            "destination_service_name=\"catalog\"",
            "destination_service_namespace=\"shop\"",
            "request_protocol=\"http\"",
            "response_code=\"200\"",
            "response_flags=\"-\"",
            "destination_principal=\"" + CATALOG + "\"",
            // Istio's source doesn't say.
            "connection_security_policy=\"unknown\"")
        .endsWith(" 3.0");
    assertThat(line(telemetry, "istio_request_duration_milliseconds_bucket{"))
        .contains("le=\"0.5\"");
    assertThat(line(telemetry, "istio_request_duration_milliseconds_count{")).endsWith(" 3");
    assertThat(line(telemetry, "weft_route_requests_total{"))
        .contains("route=\"canary\"", "destination_version=\"v1\"", CLUSTER)
        .endsWith(" 3.0");
  }

  @Test
  void aMeshPeerIsToldWhoCallsAndNobodyElseIs() {
    MeshTelemetry caller = MeshTelemetry.create(self, () -> PRINCIPAL, name -> null, warnings::add);
    OutboundObservation call = caller.outbound(new Requests.Outbound(Map.of()), null);
    assertThat(call.attempt(1, "split", CLUSTER, CATALOG_V1, false).requestHeaders().isEmpty())
        .isTrue();
    Map<String, String> told = new HashMap<>();
    call.attempt(1, "split", CLUSTER, CATALOG_V1, true)
        .requestHeaders()
        .set()
        .forEach(header -> told.put(header.name(), header.value()));

    MeshTelemetry server = MeshTelemetry.create(self, () -> PRINCIPAL, name -> null, warnings::add);
    server
        .inbound(new Requests.Inbound("/", CATALOG, told))
        .ended(200, ResponseFlag.NONE, null, null);
    assertThat(line(server, "istio_requests_total{"))
        .contains(
            "source_workload=\"catalog-v1\"",
            "source_workload_namespace=\"shop\"",
            "source_principal=\"" + CATALOG + "\"",
            "source_app=\"catalog\"",
            "source_version=\"v1\"",
            "source_canonical_service=\"catalog\"",
            "source_canonical_revision=\"v1\"",
            "destination_principal=\"" + PRINCIPAL + "\"",
            "connection_security_policy=\"mutual_tls\"");

    server = MeshTelemetry.create(self, () -> PRINCIPAL, name -> null, warnings::add);
    server.inbound(new Requests.Inbound("/", null, told)).ended(200, ResponseFlag.NONE, null, null);
    assertThat(line(server, "istio_requests_total{"))
        .contains("source_workload=\"unknown\"", "source_workload_namespace=\"unknown\"")
        .contains("source_app=\"unknown\"", "source_canonical_service=\"unknown\"")
        .contains("destination_principal=\"unknown\"", "connection_security_policy=\"none\"");
  }

  @Test
  void whateverAWorkloadIsCalledItsHeadersAreHeaders() {
    WorkloadFacts odd =
        new WorkloadFacts("prêt à\r\nporter", "shop", "w", "i", "sidecar~é\r\n x", Map.of());
    MeshTelemetry.create(odd, () -> PRINCIPAL, name -> null, warnings::add)
        .outbound(new Requests.Outbound(Map.of()), null)
        .attempt(1, "split", CLUSTER, CATALOG_V1, true)
        .requestHeaders()
        .set()
        .forEach(header -> assertThat(header.value()).matches("[!-~]+"));
    Peer read = PeerStruct.decode(PeerStruct.encode(odd), () -> fail("what it doesn't believe"));
    assertThat(read.app()).isEqualTo("unknown");
    assertThat(read.namespace()).isEqualTo("shop");
  }

  @Test
  void countsThatAreKeptElsewhereAreShown() {
    MeshTelemetry telemetry =
        MeshTelemetry.create(self, () -> PRINCIPAL, name -> null, warnings::add);
    telemetry.counter("weft_test", "A count.", () -> 7);
    telemetry
        .inbound(
            new Requests.Inbound(
                "/",
                STOREFRONT,
                Map.of(PeerMetadata.ID_HEADER, "id", PeerMetadata.HEADER, "not base64")))
        .ended(200, ResponseFlag.NONE, null, null);

    assertThat(line(telemetry, "weft_test_total")).endsWith(" 7.0");
    assertThat(line(telemetry, "weft_access_log_lost_lines_total")).endsWith(" 0.0");
    assertThat(line(telemetry, "weft_peer_metadata_disbelieved_total")).endsWith(" 1.0");
  }

  @Test
  void aGrpcCallIsCountedByTheStatusInItsTrailers() {
    MeshTelemetry telemetry =
        MeshTelemetry.create(self, () -> PRINCIPAL, name -> null, warnings::add);
    OutboundObservation call =
        telemetry.outbound(
            new Requests.Outbound(Map.of("content-type", "application/grpc+proto")), null);
    AttemptObservation attempt = call.attempt(1, "split", CLUSTER, CATALOG_V1, false);
    attempt.responded(200, HeaderSource.NONE);
    attempt.trailers(name -> name.equals("grpc-status") ? "14" : null);
    attempt.ended(null, ResponseFlag.NONE);
    call.ended(200, ResponseFlag.NONE, null, CLUSTER, CATALOG_V1, false, null);

    assertThat(line(telemetry, "istio_requests_total{"))
        .contains("request_protocol=\"grpc\"", "grpc_response_status=\"14\"");
  }

  @Test
  void aStatusThatGrpcHasntIsNoLabel() {
    MeshTelemetry telemetry = plain();
    for (String sent : List.of("x1", "17", "-1", "014")) {
      OutboundObservation call =
          telemetry.outbound(
              new Requests.Outbound(Map.of("content-type", "application/grpc")), null);
      call.attempt(1, "split", CLUSTER, CATALOG_V1, false).responded(200, name -> sent);
      call.ended(200, ResponseFlag.NONE, null, CLUSTER, CATALOG_V1, false, null);
    }
    assertThat(line(telemetry, "istio_requests_total{"))
        .contains("grpc_response_status=\"\"")
        .endsWith(" 4.0");
  }

  /** Envoy's own answers; 0 is for a client that left. */
  @Test
  void aTransportFailureIsCountedAsEnvoyAnswersIt() {
    Map<ResponseFlag, String> statuses =
        Map.of(
            ResponseFlag.UPSTREAM_CONNECTION_FAILURE, "503",
            ResponseFlag.UPSTREAM_CONNECTION_TERMINATION, "503",
            ResponseFlag.DOWNSTREAM_CONNECTION_TERMINATION, "0");
    statuses.forEach(
        (flag, status) -> {
          MeshTelemetry telemetry = plain();
          telemetry
              .outbound(new Requests.Outbound(Map.of()), null)
              .ended(0, flag, "r", CLUSTER, CATALOG_V1, true, null);
          String code = "response_code=\"" + status + "\"";
          assertThat(line(telemetry, "istio_requests_total{")).contains(code, flag.code());
          assertThat(line(telemetry, "weft_route_requests_total{")).contains(code, flag.code());
        });
    assertThat(Labels.status(200, ResponseFlag.UPSTREAM_CONNECTION_TERMINATION)).isEqualTo(200);
  }

  @Test
  void anEndpointWithoutLabelsIsDescribedAsItDescribesItself() {
    MeshTelemetry telemetry = plain();
    telemetry
        .outbound(new Requests.Outbound(Map.of()), null)
        .ended(
            200,
            ResponseFlag.NONE,
            "r",
            CLUSTER,
            endpoint(Map.of("workload", "catalog-w", "namespace", "shop", "app", "")),
            false,
            null);
    WorkloadFacts itself = new WorkloadFacts("catalog", "shop", "catalog-w", "i", "n", Map.of());
    assertThat(line(telemetry, "istio_requests_total{"))
        .contains(
            "destination_app=\"catalog\"",
            "destination_app=\"" + itself.app() + "\"",
            "destination_version=\"unknown\"",
            "destination_version=\"" + itself.version() + "\"",
            "destination_canonical_service=\"catalog-w\"",
            "destination_canonical_service=\"" + itself.canonicalService() + "\"",
            "destination_canonical_revision=\"latest\"",
            "destination_canonical_revision=\"" + itself.canonicalRevision() + "\"");
  }

  @Test
  void anEndpointsCanonicalNamesAreTold() {
    MeshTelemetry telemetry = plain();
    telemetry
        .outbound(new Requests.Outbound(Map.of()), null)
        .ended(
            200,
            ResponseFlag.NONE,
            "r",
            CLUSTER,
            endpoint(
                Map.of(
                    "workload", "w",
                    "app", "a",
                    "version", "v",
                    "canonical_service", "name",
                    "canonical_revision", "revision")),
            false,
            null);
    assertThat(line(telemetry, "istio_requests_total{"))
        .contains("destination_app=\"a\"", "destination_version=\"v\"")
        .contains("destination_canonical_service=\"name\"")
        .contains("destination_canonical_revision=\"revision\"");
  }

  private static Endpoint endpoint(Map<String, String> about) {
    return new Endpoint(InetSocketAddress.createUnresolved("10.0.0.7", 80), true, false, 1, about);
  }

  @Test
  void theOwnIdentityIsCountedFromWhenThereIsOne() {
    String[] own = {null};
    MeshTelemetry telemetry = MeshTelemetry.create(self, () -> own[0], name -> null, warnings::add);
    for (String principal : new String[] {null, PRINCIPAL}) {
      own[0] = principal;
      telemetry.inbound(inbound(Map.of())).ended(200, ResponseFlag.NONE, null, null);
      telemetry
          .outbound(new Requests.Outbound(Map.of()), null)
          .ended(200, ResponseFlag.NONE, "r", CLUSTER, CATALOG_V1, true, CATALOG);
    }
    assertThat(lines(telemetry, "istio_requests_total{"))
        .hasSize(4)
        .filteredOn(line -> line.contains("destination_principal=\"" + PRINCIPAL))
        .hasSize(1);
    assertThat(lines(telemetry, "istio_requests_total{"))
        .filteredOn(line -> line.contains("source_principal=\"" + PRINCIPAL))
        .hasSize(1);
  }

  @Test
  void nothingIsToldThatReadersWouldntBelieveAndNothingAtAllIfSoConfigured() {
    WorkloadFacts endless =
        new WorkloadFacts(
            "s".repeat(5_000),
            "shop",
            "w".repeat(5_000),
            "i".repeat(5_000),
            "n".repeat(5_000),
            Map.of("version", "v".repeat(5_000)));
    HeaderEdits told = MeshTelemetry.introduction(endless);
    assertThat(told.set()).allSatisfy(header -> assertThat(header.value()).hasSizeLessThan(600));
    Peer read = PeerStruct.decode(told.set().get(0).value(), () -> fail("what it doesn't believe"));
    assertThat(read).isEqualTo(Peer.of("spiffe://cluster.local/ns/shop/sa/any"));

    MeshTelemetry silent =
        MeshTelemetry.create(
            self,
            () -> PRINCIPAL,
            name -> name.equals("WEFT_PEER_METADATA") ? "false" : null,
            warnings::add);
    assertThat(
            silent
                .outbound(new Requests.Outbound(Map.of()), null)
                .attempt(1, "split", CLUSTER, CATALOG_V1, true)
                .requestHeaders()
                .isEmpty())
        .isTrue();
  }

  private MeshTelemetry plain() {
    return MeshTelemetry.create(self, () -> PRINCIPAL, name -> null, warnings::add);
  }

  @Test
  void aDenialNamesItsPolicyInMetricsAndLogAndASuccessIsNotLogged() {
    MeshTelemetry telemetry = telemetry(false);
    telemetry.inbound(inbound(Map.of())).ended(200, ResponseFlag.NONE, null, null);
    telemetry
        .inbound(new Requests.Inbound("/a\"\n[forged] b", STOREFRONT, Map.of()))
        .ended(403, ResponseFlag.NONE, "ns[shop]-policy[only]-rule[0]", null);
    telemetry.close();

    assertThat(line(telemetry, "weft_denied_requests_total{"))
        .contains("policy=\"ns[shop]-policy[only]-rule[0]\"", STOREFRONT);
    assertThat(line(telemetry, "istio_requests_total{"))
        .contains("reporter=\"destination\"", "source_workload_namespace=\"shop\"")
        .contains("source_principal=\"" + STOREFRONT + "\"")
        .contains("destination_service=\"catalog.shop.svc.cluster.local\"")
        .contains("source_cluster=\"unknown\"", "destination_cluster=\"unknown\"");
    assertThat(log.toString(StandardCharsets.UTF_8).lines())
        .singleElement()
        .asString()
        .contains(
            "\"GET /a\\x22\\x0a[forged] b HTTP/1.1\" 403 - "
                + "rbac_access_denied_matched_policy[ns[shop]-policy[only]-rule[0]]",
            "\"" + STOREFRONT + "\"",
            "10.0.0.9");
  }

  @Test
  void everyRequestIsLoggedIfAskedFor() {
    MeshTelemetry telemetry = telemetry(true);
    telemetry
        .inbound(inbound(Map.of("user-agent", "curl/8", "x-request-id", "r1")))
        .ended(200, ResponseFlag.NONE, null, null);
    telemetry.close();

    assertThat(log.toString(StandardCharsets.UTF_8))
        .contains("\"GET /items?page=2 HTTP/1.1\" 200 - via_upstream", "\"curl/8\" \"r1\"");
  }

  @Test
  void endlessPeersDoNotMakeEndlessSeries() {
    MeshTelemetry telemetry =
        MeshTelemetry.create(self, () -> PRINCIPAL, name -> null, warnings::add);
    for (int i = 0; i < 5_000; i++) {
      telemetry
          .inbound(new Requests.Inbound("/", "spiffe://cluster.local/ns/n/sa/" + i, Map.of()))
          .ended(200, ResponseFlag.NONE, null, null);
    }

    assertThat(line(telemetry, "weft_metrics_dropped_requests_total")).endsWith(" 4000.0");
    assertThat(lines(telemetry, "istio_requests_total{"))
        .filteredOn(line -> line.contains("response_code=\"unknown\""))
        .filteredOn(line -> line.contains("reporter=\"destination\""))
        .singleElement()
        .asString()
        .endsWith(" 4000.0");
  }

  private MeshTelemetry tracing(Map<String, String> environment) {
    OtelSettings settings = OtelSettings.read(environment::get, self, warnings::add);
    return new MeshTelemetry(
        self,
        () -> PRINCIPAL,
        settings,
        () -> exported,
        MeshTelemetry.introduction(self),
        new AccessLog(false, log),
        warnings::add);
  }

  private MeshTelemetry telemetry(boolean everything) {
    OtelSettings settings = OtelSettings.read(name -> null, self, warnings::add);
    return new MeshTelemetry(
        self,
        () -> PRINCIPAL,
        settings,
        null,
        HeaderEdits.NONE,
        new AccessLog(everything, log),
        warnings::add);
  }

  private List<SpanData> spans(MeshTelemetry telemetry) {
    telemetry.flush();
    assertThat(warnings).isEmpty();
    return exported.spans.stream()
        .sorted(Comparator.comparingLong(SpanData::getStartEpochNanos))
        .toList();
  }

  private static HeaderEdits headers(
      MeshTelemetry telemetry, @Nullable RequestContext context, Map<String, String> own) {
    return telemetry
        .outbound(new Requests.Outbound(own), context)
        .attempt(1, "split", CLUSTER, CATALOG_V1, false)
        .requestHeaders();
  }

  private static RequestContext context(String traceId) {
    return new RequestContext(
        new TraceContext(traceId, "2222222222222222", true, ""), Long.MAX_VALUE);
  }

  private static Requests.Inbound inbound(Map<String, String> headers) {
    return new Requests.Inbound("/items?page=2", STOREFRONT, headers);
  }

  private static String line(MeshTelemetry telemetry, String start) {
    return lines(telemetry, start).findFirst().orElseThrow();
  }

  private static Stream<String> lines(MeshTelemetry telemetry, String start) {
    ByteArrayOutputStream page = new ByteArrayOutputStream();
    try {
      telemetry.scrape(page);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return page.toString(StandardCharsets.UTF_8).lines().filter(line -> line.startsWith(start));
  }

  /** Kept here, and not the SDK's own, which brings jars along that the agent does without. */
  private static final class RecordingExporter implements SpanExporter {

    private final List<SpanData> spans = new CopyOnWriteArrayList<>();

    @Override
    public CompletableResultCode export(Collection<SpanData> ended) {
      spans.addAll(ended);
      return CompletableResultCode.ofSuccess();
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
}
