package dev.weft.xds.translation;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.protobuf.BoolValue;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Struct;
import com.google.protobuf.UInt32Value;
import com.google.protobuf.Value;
import dev.weft.engine.expression.Expression;
import dev.weft.engine.format.FormatString;
import dev.weft.engine.model.AccessLogPolicy;
import dev.weft.engine.model.MetricPolicy;
import dev.weft.engine.model.TelemetryPolicy;
import dev.weft.engine.model.TracingPolicy;
import dev.weft.xds.proto.AccessLog;
import dev.weft.xds.proto.AccessLogFilter;
import dev.weft.xds.proto.AnyValue;
import dev.weft.xds.proto.CommonGrpcAccessLogConfig;
import dev.weft.xds.proto.CustomTag;
import dev.weft.xds.proto.DataSource;
import dev.weft.xds.proto.ExpressionFilter;
import dev.weft.xds.proto.ExtensionFilter;
import dev.weft.xds.proto.FileAccessLog;
import dev.weft.xds.proto.GrpcService;
import dev.weft.xds.proto.HttpConnectionManager;
import dev.weft.xds.proto.HttpFilter;
import dev.weft.xds.proto.HttpGrpcAccessLogConfig;
import dev.weft.xds.proto.KeyValue;
import dev.weft.xds.proto.KeyValueList;
import dev.weft.xds.proto.MetricConfig;
import dev.weft.xds.proto.OpenTelemetryAccessLogConfig;
import dev.weft.xds.proto.Percent;
import dev.weft.xds.proto.PluginConfig;
import dev.weft.xds.proto.RequestIDExtension;
import dev.weft.xds.proto.SubstitutionFormatString;
import dev.weft.xds.proto.UuidRequestIdConfig;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Envoy's HttpConnectionManager: access_log, tracing; Istio's istio.stats filter. */
class TelemetryTranslationTest {

  private final Findings findings = new Findings("listener");

  private static Any any(String type, MessageLite message) {
    return Any.newBuilder()
        .setTypeUrl("type.googleapis.com/" + type)
        .setValue(message.toByteString())
        .build();
  }

  private static AccessLog.Builder file(SubstitutionFormatString.Builder format) {
    return AccessLog.newBuilder()
        .setName("file")
        .setTypedConfig(
            any(
                "envoy.extensions.access_loggers.file.v3.FileAccessLog",
                FileAccessLog.newBuilder().setPath("/a").setLogFormat(format).build()));
  }

  private static SubstitutionFormatString.Builder text(String format) {
    return SubstitutionFormatString.newBuilder()
        .setTextFormatSource(DataSource.newBuilder().setInlineString(format));
  }

  private static AccessLogFilter cel(String expression) {
    return AccessLogFilter.newBuilder()
        .setExtensionFilter(
            ExtensionFilter.newBuilder()
                .setTypedConfig(
                    any(
                        "envoy.extensions.access_loggers.filters.cel.v3.ExpressionFilter",
                        ExpressionFilter.newBuilder().setExpression(expression).build())))
        .build();
  }

  private TelemetryPolicy translate(HttpConnectionManager.Builder manager) {
    return translate(manager, Struct.getDefaultInstance());
  }

  private TelemetryPolicy translate(HttpConnectionManager.Builder manager, Struct more) {
    return TelemetryTranslator.translate(manager.build(), "manager", more, findings);
  }

  @Test
  void aLogWithItsFilter() {
    TelemetryPolicy policy =
        translate(
            HttpConnectionManager.newBuilder()
                .addAccessLog(file(text("%RESPONSE_CODE%\n")).setFilter(cel("response.code > 1"))));
    assertThat(policy.logs())
        .containsExactly(
            new AccessLogPolicy(
                "/a",
                new AccessLogPolicy.Text(FormatString.parse("%RESPONSE_CODE%\n"), false),
                Expression.parse("response.code > 1")));
    assertThat(findings.notes()).isEmpty();
  }

  @Test
  void json() {
    Struct fields =
        Struct.newBuilder()
            .putFields("a", Value.newBuilder().setStringValue("%PROTOCOL%").build())
            .putFields("b", Value.newBuilder().setNumberValue(1).build())
            .build();
    TelemetryPolicy policy =
        translate(
            HttpConnectionManager.newBuilder()
                .addAccessLog(
                    file(
                        SubstitutionFormatString.newBuilder()
                            .setJsonFormat(fields)
                            .setOmitEmptyValues(true))));
    assertThat(((AccessLogPolicy.File) policy.logs().get(0).sink()).format())
        .isEqualTo(
            new AccessLogPolicy.Json(
                Map.of("a", FormatString.parse("%PROTOCOL%"), "b", 1.0), true));
  }

  /** Telemetry fails open, and says so. */
  @Test
  void whatIsNotUnderstoodIsNotedAndLeftOut() {
    TelemetryPolicy policy =
        translate(
            HttpConnectionManager.newBuilder()
                .addAccessLog(file(text("%NONSENSE%")))
                .addAccessLog(file(text("a")).setFilter(cel("nonsense")))
                .addAccessLog(file(text("a")).setFilter(AccessLogFilter.getDefaultInstance()))
                .addAccessLog(
                    AccessLog.newBuilder()
                        .setName("als")
                        .setTypedConfig(any("a.Grpc", Struct.getDefaultInstance())))
                .addAccessLog(file(text("%DOWNSTREAM_TLS_VERSION%"))));
    assertThat(policy.logs()).hasSize(1);
    assertThat(findings.notes())
        .extracting(Note::reason)
        .containsExactly(
            "%NONSENSE% is not a command operator of Envoy's: the log is not written",
            "attribute nonsense is not supported: the log is not written",
            "the filter is not supported: the log is not written",
            "a.Grpc is not supported: the log is not written",
            "%DOWNSTREAM_TLS_VERSION% has no value here");
  }

  @Test
  void tracing() {
    TelemetryPolicy policy =
        translate(
            HttpConnectionManager.newBuilder()
                .setTracing(
                    HttpConnectionManager.Tracing.newBuilder()
                        .setRandomSampling(Percent.newBuilder().setValue(12.5))
                        .addCustomTags(
                            CustomTag.newBuilder()
                                .setTag("user")
                                .setRequestHeader(
                                    CustomTag.Header.newBuilder()
                                        .setName("X-User")
                                        .setDefaultValue("none")))));
    assertThat(policy.tracing())
        .isEqualTo(
            new TracingPolicy(
                12.5,
                100,
                256,
                true,
                List.of(
                    new TracingPolicy.Tag(
                        "user", TracingPolicy.Source.REQUEST_HEADER, "x-user", "none"))));
  }

  /** UuidRequestIdConfig.use_request_id_for_trace_sampling: true unless it says false. */
  @Test
  void tracingByRequestId() {
    assertThat(byRequestId(UuidRequestIdConfig.newBuilder())).isTrue();
    assertThat(
            byRequestId(
                UuidRequestIdConfig.newBuilder()
                    .setUseRequestIdForTraceSampling(BoolValue.of(false))))
        .isFalse();
    assertThat(findings.notes()).isEmpty();
    assertThat(
            byRequestId(UuidRequestIdConfig.newBuilder().setPackTraceReason(BoolValue.of(false))))
        .isTrue();
    assertThat(findings.notes()).hasSize(1);
  }

  private boolean byRequestId(UuidRequestIdConfig.Builder config) {
    TracingPolicy tracing =
        translate(
                HttpConnectionManager.newBuilder()
                    .setTracing(HttpConnectionManager.Tracing.getDefaultInstance())
                    .setRequestIdExtension(
                        RequestIDExtension.newBuilder()
                            .setTypedConfig(
                                any(
                                    "envoy.extensions.request_id.uuid.v3.UuidRequestIdConfig",
                                    config.build()))))
            .tracing();
    return tracing != null && tracing.byRequestId();
  }

  /** Envoy, OpenTelemetryAccessLogConfig: common_config, body, attributes. */
  @Test
  void otlp() {
    TelemetryPolicy policy =
        translate(
            HttpConnectionManager.newBuilder()
                .addAccessLog(
                    AccessLog.newBuilder()
                        .setName("otel")
                        .setTypedConfig(
                            any(
                                "envoy.extensions.access_loggers.open_telemetry.v3.OpenTelemetryAccessLogConfig",
                                OpenTelemetryAccessLogConfig.newBuilder()
                                    .setCommonConfig(
                                        CommonGrpcAccessLogConfig.newBuilder()
                                            .setLogName("n")
                                            .setGrpcService(
                                                GrpcService.newBuilder()
                                                    .setEnvoyGrpc(
                                                        GrpcService.EnvoyGrpc.newBuilder()
                                                            .setClusterName("c"))))
                                    .setBody(AnyValue.newBuilder().setStringValue("%PROTOCOL%"))
                                    .setAttributes(
                                        KeyValueList.newBuilder()
                                            .addValues(
                                                KeyValue.newBuilder()
                                                    .setKey("k")
                                                    .setValue(
                                                        AnyValue.newBuilder()
                                                            .setStringValue("%DURATION%"))))
                                    .build()))));
    assertThat(policy.logs())
        .containsExactly(
            new AccessLogPolicy(
                new AccessLogPolicy.Otlp(
                    "c",
                    "c",
                    "n",
                    FormatString.parse("%PROTOCOL%"),
                    Map.of("k", FormatString.parse("%DURATION%"))),
                null));
    assertThat(policy.clusters()).as("is asked for").containsExactly("c");
    assertThat(findings.notes()).isEmpty();
  }

  /** Envoy, HttpGrpcAccessLogConfig. */
  @Test
  void als() {
    TelemetryPolicy policy =
        translate(
            HttpConnectionManager.newBuilder()
                .addAccessLog(
                    AccessLog.newBuilder()
                        .setName("als")
                        .setTypedConfig(
                            any(
                                "envoy.extensions.access_loggers.grpc.v3.HttpGrpcAccessLogConfig",
                                HttpGrpcAccessLogConfig.newBuilder()
                                    .setCommonConfig(
                                        CommonGrpcAccessLogConfig.newBuilder()
                                            .setLogName("n")
                                            .setGrpcService(
                                                GrpcService.newBuilder()
                                                    .setEnvoyGrpc(
                                                        GrpcService.EnvoyGrpc.newBuilder()
                                                            .setClusterName("c"))))
                                    .addAdditionalRequestHeadersToLog("X-A")
                                    .addAdditionalResponseHeadersToLog("X-B")
                                    .addAdditionalResponseTrailersToLog("X-C")
                                    .build()))));
    assertThat(policy.logs())
        .containsExactly(
            new AccessLogPolicy(
                new AccessLogPolicy.Als(
                    "c", "c", "n", List.of("x-a"), List.of("x-b"), List.of("x-c")),
                null));
    assertThat(policy.clusters()).as("is asked for").containsExactly("c");
    assertThat(findings.notes()).isEmpty();
  }

  /** What Envoy's messages have no field for, as the control server writes it. */
  @Test
  void tracingInMetadata() {
    Struct formats =
        Struct.newBuilder()
            .putFields("who", value("%REQ(X-USER)%!"))
            .putFields("broken", value("%REQ(%"))
            .build();
    TelemetryPolicy policy =
        translate(
            HttpConnectionManager.newBuilder()
                .setTracing(
                    HttpConnectionManager.Tracing.newBuilder()
                        .setMaxPathTagLength(UInt32Value.of(12))),
            Struct.newBuilder()
                .putFields("no_context_propagation", Value.newBuilder().setBoolValue(true).build())
                .putFields("formatted_tags", Value.newBuilder().setStructValue(formats).build())
                .build());
    assertThat(policy.tracing())
        .isEqualTo(
            new TracingPolicy(
                100,
                100,
                12,
                false,
                List.of(
                    new TracingPolicy.Tag(
                        "who", TracingPolicy.Source.FORMAT, "%REQ(X-USER)%!", ""))));
    assertThat(findings.notes()).hasSize(1);
  }

  private static Value value(String text) {
    return Value.newBuilder().setStringValue(text).build();
  }

  /** Prometheus keeps some names of labels to itself. */
  @Test
  void labelsThatCantBe() {
    TelemetryPolicy policy =
        translate(
            HttpConnectionManager.newBuilder()
                .addHttpFilters(
                    HttpFilter.newBuilder()
                        .setTypedConfig(
                            any(
                                "stats.PluginConfig",
                                PluginConfig.newBuilder()
                                    .addMetrics(
                                        MetricConfig.newBuilder()
                                            .putDimensions("le", "'a'")
                                            .putDimensions("__name__", "'a'")
                                            .putDimensions("a-b", "'a'"))
                                    .build()))));
    assertThat(policy.metrics())
        .singleElement()
        .satisfies(m -> assertThat(m.dimensions()).isEmpty());
    assertThat(findings.notes()).hasSize(3);
  }

  @Test
  void metrics() {
    TelemetryPolicy policy =
        translate(
            HttpConnectionManager.newBuilder()
                .addHttpFilters(
                    HttpFilter.newBuilder()
                        .setName("istio.stats")
                        .setTypedConfig(
                            any(
                                "stats.PluginConfig",
                                PluginConfig.newBuilder()
                                    .addMetrics(
                                        MetricConfig.newBuilder()
                                            .setName("requests_total")
                                            .putDimensions("host", "request.host")
                                            .putDimensions("bad", "node.metadata['a']")
                                            .addTagsToRemove("source_app"))
                                    .build()))));
    assertThat(policy.metrics())
        .containsExactly(
            new MetricPolicy(
                "requests_total",
                false,
                Map.of("host", Expression.parse("request.host")),
                Set.of("source_app")));
    assertThat(findings.notes()).hasSize(1);
  }
}
