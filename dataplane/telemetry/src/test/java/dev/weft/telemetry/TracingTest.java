package dev.weft.telemetry;

import static dev.weft.telemetry.Requests.CATALOG_V1;
import static dev.weft.telemetry.Requests.CLUSTER;
import static dev.weft.telemetry.Requests.STOREFRONT;
import static io.opentelemetry.api.common.AttributeKey.stringKey;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weft.engine.Deadline;
import dev.weft.engine.Header;
import dev.weft.engine.HeaderEdits;
import dev.weft.engine.HeaderSource;
import dev.weft.engine.PeerMetadata;
import dev.weft.engine.RequestContext;
import dev.weft.engine.ResponseFlag;
import dev.weft.engine.TraceContext;
import dev.weft.engine.model.TelemetryPolicy;
import dev.weft.engine.model.TracingPolicy;
import dev.weft.engine.model.TracingPolicy.Source;
import dev.weft.engine.model.TracingPolicy.Tag;
import dev.weft.engine.spi.Telemetry.AttemptObservation;
import dev.weft.engine.spi.Telemetry.InboundObservation;
import dev.weft.engine.spi.Telemetry.OutboundObservation;
import dev.weft.telemetry.accesslog.LogWriter;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Spans, and the headers that carry their context. */
class TracingTest extends TelemetryTest {

  private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
  private static final String PARENT = "b7ad6b7169203331";
  private static final String TRACEPARENT = "00-" + TRACE + "-" + PARENT + "-01";

  private final RecordingExporter exported = new RecordingExporter();

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
            new Header("tracestate", "a=1"));
    assertThat(second.introduction().set())
        .containsExactly(
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
    MeshTelemetry telemetry = plain();

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

  private static TelemetryPolicy.Both policy(double random, double overall, Tag... tags) {
    TelemetryPolicy policy =
        new TelemetryPolicy(
            List.of(), new TracingPolicy(random, overall, 256, true, List.of(tags)), List.of());
    return new TelemetryPolicy.Both(policy, policy);
  }

  /** Envoy's random_sampling: for traces that begin here. */
  @Test
  void theMeshSamplesNewTracesAndTheParentDecidesForOthers() {
    MeshTelemetry telemetry = tracing(Map.of());
    telemetry.update(policy(0, 100));
    InboundObservation fresh = telemetry.inbound(inbound(Map.of()));
    fresh.ended(200, ResponseFlag.NONE, null, null);
    telemetry
        .inbound(inbound(Map.of("traceparent", TRACEPARENT)))
        .ended(200, ResponseFlag.NONE, null, null);
    assertThat(spans(telemetry)).singleElement().matches(s -> s.getTraceId().equals(TRACE));
    // That it isn't recorded is decided for all who come after.
    assertThat(fresh.context().trace()).isNotNull().matches(trace -> !trace.sampled());

    telemetry.update(policy(100, 100));
    telemetry.inbound(inbound(Map.of())).ended(200, ResponseFlag.NONE, null, null);
    // A flush asked for as the one before ends does nothing.
    await().untilAsserted(() -> assertThat(spans(telemetry)).hasSize(2));
  }

  private static TelemetryPolicy.Both tracing(int longestPath, boolean propagates, Tag... tags) {
    TelemetryPolicy policy =
        new TelemetryPolicy(
            List.of(),
            new TracingPolicy(100, 100, longestPath, propagates, List.of(tags)),
            List.of());
    return new TelemetryPolicy.Both(policy, policy);
  }

  /** Istio's CustomTag.formatter: what has no value adds nothing. */
  @Test
  void aTagMayBeATextWithOperators() {
    MeshTelemetry telemetry = tracing(Map.of());
    telemetry.update(
        tracing(
            256,
            true,
            new Tag("what", Source.FORMAT, "%REQ(X-USER)%/%RESPONSE_CODE%", ""),
            new Tag("none", Source.FORMAT, "%REQ(X-ABSENT)%", "")));
    telemetry.inbound(inbound(Map.of("x-user", "ann"))).ended(204, ResponseFlag.NONE, null, null);
    OutboundObservation call =
        telemetry.outbound(new Requests.Outbound(Map.of("x-user", "bob")), null);
    AttemptObservation attempt = call.attempt(1, "r", CLUSTER, CATALOG_V1, true);
    attempt.responded(503, HeaderSource.NONE);
    attempt.ended(null, ResponseFlag.NONE);
    assertThat(spans(telemetry))
        .extracting(span -> span.getAttributes().get(stringKey("what")))
        .containsExactly("ann/204", "bob/503");
    assertThat(spans(telemetry))
        .allMatch(span -> span.getAttributes().get(stringKey("none")) == null);
  }

  /** Envoy's max_path_tag_length. */
  @Test
  void pathsAreAsLongAsTheMeshSays() {
    MeshTelemetry telemetry = tracing(Map.of());
    telemetry.update(tracing(4, true));
    telemetry.inbound(inbound(Map.of())).ended(200, ResponseFlag.NONE, null, null);
    assertThat(spans(telemetry))
        .singleElement()
        .satisfies(
            span -> {
              assertThat(span.getAttributes().get(SpanFacts.PATH)).isEqualTo("/ite");
              assertThat(span.getAttributes().get(SpanFacts.QUERY)).isEqualTo("page");
            });
  }

  /** Telemetry's disableContextPropagation. */
  @Test
  void theMeshKeepsTheContextToItself() {
    MeshTelemetry telemetry = tracing(Map.of());
    for (boolean propagates : new boolean[] {true, false}) {
      telemetry.update(tracing(256, propagates));
      AttemptObservation attempt =
          telemetry
              .outbound(new Requests.Outbound(Map.of()), null)
              .attempt(1, "r", CLUSTER, CATALOG_V1, true);
      assertThat(attempt.requestHeaders().isEmpty()).isEqualTo(!propagates);
    }
  }

  /** Telemetry's disableSpanReporting; a context that came in goes on. */
  @Test
  void theMeshTurnsSpansOff() {
    MeshTelemetry telemetry = tracing(Map.of());
    telemetry.update(policy(100, 0));
    InboundObservation inbound = telemetry.inbound(inbound(Map.of("traceparent", TRACEPARENT)));
    inbound.ended(200, ResponseFlag.NONE, null, null);
    assertThat(spans(telemetry)).isEmpty();
    assertThat(headers(telemetry, inbound.context(), Map.of()).set())
        .containsExactly(new Header("traceparent", TRACEPARENT));
  }

  @Test
  void theWorkloadsOwnSamplerWins() {
    MeshTelemetry telemetry = tracing(Map.of("OTEL_TRACES_SAMPLER", "parentbased_always_on"));
    telemetry.update(policy(0, 100));
    telemetry.inbound(inbound(Map.of())).ended(200, ResponseFlag.NONE, null, null);
    assertThat(spans(telemetry)).hasSize(1);
  }

  /** Envoy's custom_tags: literal, environment and header, each with its default. */
  @Test
  void customTagsAreOnEverySpan() {
    MeshTelemetry telemetry = tracing(Map.of());
    telemetry.update(
        policy(
            100,
            100,
            new Tag("zone", Source.LITERAL, "a", ""),
            new Tag("pod", Source.ENVIRONMENT, "NONE", "unnamed"),
            new Tag("user", Source.REQUEST_HEADER, "x-user", "nobody"),
            new Tag("empty", Source.REQUEST_HEADER, "x-none", "")));
    telemetry.inbound(inbound(Map.of("x-user", "anna"))).ended(200, ResponseFlag.NONE, null, null);
    telemetry
        .outbound(new Requests.Outbound(Map.of()), null)
        .attempt(1, "split", CLUSTER, CATALOG_V1, false)
        .ended(null, ResponseFlag.NONE);
    assertThat(spans(telemetry))
        .satisfiesExactly(
            server ->
                assertThat(server.getAttributes().asMap())
                    .containsEntry(stringKey("zone"), "a")
                    .containsEntry(stringKey("pod"), "unnamed")
                    .containsEntry(stringKey("user"), "anna")
                    .doesNotContainKey(stringKey("empty")),
            client ->
                assertThat(client.getAttributes().asMap())
                    .containsEntry(stringKey("user"), "nobody"));
  }

  /** Envoy's HCM, generate_request_id: kept if there is one, else made. */
  @Test
  void aRequestIdIsMadeAndCarried() {
    MeshTelemetry telemetry = tracing(Map.of());
    RequestContext kept = telemetry.inbound(inbound(Map.of("x-request-id", "r1"))).context();
    assertThat(requestId(telemetry, kept, Map.of()))
        .containsExactly(new Header("x-request-id", "r1"));
    assertThat(requestId(telemetry, kept, Map.of("x-request-id", "own"))).isEmpty();

    RequestContext made = telemetry.inbound(inbound(Map.of())).context();
    assertThat(made.requestId())
        .matches("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");
    assertThat(requestId(telemetry, made, Map.of()))
        .containsExactly(new Header("x-request-id", String.valueOf(made.requestId())));
    assertThat(requestId(telemetry, null, Map.of()))
        .singleElement()
        .matches(header -> header.value().length() == 36);
  }

  /** What an x-request-id says, and how much is sampled at random, in per cent; whether it is. */
  private record Choice(String source, String id, double random, boolean traced) {}

  private static final List<Choice> CHOICES =
      List.of(
          new Choice("TRACE_SAMPLED", "00000000-0000-9000-8000-000000000000", 0, true),
          new Choice("TRACE_FORCED", "00000000-0000-a000-8000-000000000000", 0, true),
          new Choice("TRACE_CLIENT", "00000000-0000-b000-8000-000000000000", 0, true),
          new Choice("NO_TRACE, 0 of 10,000", "00000000-0000-4000-8000-000000000000", 0, false),
          new Choice("0 is below 100", "00002710-0000-4000-8000-000000000000", 1, true),
          new Choice("99 is below 100", "00000063-0000-4000-8000-000000000000", 1, true),
          new Choice("100 isn't", "00000064-0000-4000-8000-000000000000", 1, false),
          new Choice("of any length", "00000063-x", 1, true),
          new Choice("getInteger: none", "own-identifier", 100, false));

  /** Envoy's UUIDRequestIDExtension, and ConnectionManagerUtility.mutateTracingRequestHeader. */
  @Test
  void aRequestsIdSaysWhetherItsTraceIsRecorded() {
    for (Choice choice : CHOICES) {
      MeshTelemetry telemetry = tracing(Map.of());
      telemetry.update(policy(choice.random, 100));
      RequestContext context =
          telemetry.inbound(inbound(Map.of("x-request-id", choice.id))).context();
      assertThat(context.trace())
          .as(choice.source)
          .isNotNull()
          .matches(trace -> trace.sampled() == choice.traced);
      assertThat(context.requestId())
          .as("told who comes after: " + choice.source)
          .isEqualTo(
              choice.source.contains("below") ? choice.id.replace("-4000-", "-9000-") : choice.id);
    }
  }

  @Test
  void whereATraceBeginsTheIdThatIsMadeSaysSo() {
    MeshTelemetry telemetry = tracing(Map.of());
    telemetry.update(policy(100, 100));
    assertThat(telemetry.inbound(inbound(Map.of())).context().requestId()).matches(".{14}9.{21}");
    assertThat(requestId(telemetry, null, Map.of()))
        .singleElement()
        .matches(header -> header.value().charAt(14) == '9');
    assertThat(requestId(telemetry, null, Map.of("x-request-id", "0".repeat(36))))
        .as("the application's own")
        .isEmpty();
    assertThat(telemetry.inbound(inbound(Map.of("traceparent", TRACEPARENT))).context().requestId())
        .as("the caller's trace")
        .matches(".{14}4.{21}");
  }

  /** Tracing.overall_sampling: after the others have chosen. */
  @Test
  void ofWhatIsChosenSoMuchIsRecorded() {
    MeshTelemetry telemetry = tracing(Map.of());
    telemetry.update(policy(100, 1));
    for (String number : List.of("00000063", "00000064")) {
      String id = number + "-0000-9000-8000-000000000000";
      assertThat(telemetry.inbound(inbound(Map.of("x-request-id", id))).context().trace())
          .isNotNull()
          .matches(trace -> trace.sampled() == number.equals("00000063"));
    }
  }

  /** use_request_id_for_trace_sampling: false. */
  @Test
  void anIdMayHaveNoSay() {
    MeshTelemetry telemetry = tracing(Map.of());
    TelemetryPolicy policy =
        new TelemetryPolicy(
            List.of(), new TracingPolicy(100, 100, 256, true, List.of(), false, null), List.of());
    telemetry.update(new TelemetryPolicy.Both(policy, policy));
    RequestContext context =
        telemetry.inbound(inbound(Map.of("x-request-id", "own-identifier"))).context();
    assertThat(context.trace()).isNotNull().matches(TraceContext::sampled);
    assertThat(telemetry.inbound(inbound(Map.of())).context().requestId()).matches(".{14}4.{21}");
  }

  private static List<Header> requestId(
      MeshTelemetry telemetry, @Nullable RequestContext context, Map<String, String> own) {
    return telemetry
        .outbound(new Requests.Outbound(own), context)
        .attempt(1, "split", CLUSTER, CATALOG_V1, false)
        .requestId()
        .set();
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

  private MeshTelemetry tracing(Map<String, String> environment) {
    OtelSettings settings = OtelSettings.read(environment::get, self, warnings::add);
    return new MeshTelemetry(
        self,
        () -> PRINCIPAL,
        settings,
        () -> exported,
        MeshTelemetry.introduction(self),
        Reportings.LocalLog.NONE,
        LogWriter.to(OutputStream.nullOutputStream()),
        name -> null,
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
        new TraceContext(traceId, "2222222222222222", true, ""), Deadline.NONE);
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
