package dev.weft.xds.translation;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.protobuf.Duration;
import com.google.protobuf.MessageLite;
import dev.weft.engine.Header;
import dev.weft.engine.model.SpanCollector;
import dev.weft.xds.proto.GrpcService;
import dev.weft.xds.proto.HeaderValue;
import dev.weft.xds.proto.HeaderValueOption;
import dev.weft.xds.proto.HttpConnectionManager;
import dev.weft.xds.proto.HttpServiceProto.HttpService;
import dev.weft.xds.proto.HttpUri;
import dev.weft.xds.proto.OpenTelemetryConfig;
import dev.weft.xds.proto.Tracing;
import dev.weft.xds.proto.TypedExtensionConfig;
import dev.weft.xds.proto.ZipkinConfig;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Envoy's HttpConnectionManager.Tracing.provider. */
class SpanCollectorsTest {

  private static final Header KEY = new Header("x-key", "v");
  private static final HttpService.Builder SERVICE =
      HttpService.newBuilder()
          .setHttpUri(
              HttpUri.newBuilder()
                  .setUri("http://h/p/q")
                  .setCluster("c")
                  .setTimeout(Duration.newBuilder().setSeconds(3)))
          .addRequestHeadersToAdd(
              HeaderValueOption.newBuilder()
                  .setHeader(HeaderValue.newBuilder().setKey("X-Key").setValue("v")));
  private static final SpanCollector.Post POST =
      new SpanCollector.Post("c", "h", "/p/q", List.of(KEY), java.time.Duration.ofSeconds(3));

  private final Findings findings = new Findings("listener");

  private @Nullable SpanCollector translate(String type, MessageLite.Builder config) {
    return SpanCollectors.translate(
        Tracing.Http.newBuilder()
            .setTypedConfig(
                Any.newBuilder()
                    .setTypeUrl("type.googleapis.com/envoy.config.trace.v3." + type)
                    .setValue(config.build().toByteString()))
            .build(),
        "tracing",
        findings);
  }

  @Test
  void openTelemetry() {
    assertThat(
            translate(
                "OpenTelemetryConfig",
                OpenTelemetryConfig.newBuilder()
                    .setGrpcService(
                        GrpcService.newBuilder()
                            .setEnvoyGrpc(GrpcService.EnvoyGrpc.newBuilder().setClusterName("c"))
                            .addInitialMetadata(
                                HeaderValue.newBuilder().setKey("X-Key").setValue("v")))))
        .isEqualTo(new SpanCollector.OtlpGrpc("c", "c", List.of(KEY), null));
    assertThat(
            translate(
                "OpenTelemetryConfig", OpenTelemetryConfig.newBuilder().setHttpService(SERVICE)))
        .isEqualTo(new SpanCollector.OtlpHttp(POST));
    assertThat(findings.notes()).isEmpty();
  }

  @Test
  void zipkin() {
    ZipkinConfig.Builder config =
        ZipkinConfig.newBuilder()
            .setCollectorCluster("old")
            .setCollectorEndpoint("/old")
            .setTraceId128Bit(true)
            .setCollectorEndpointVersion(ZipkinConfig.CollectorEndpointVersion.HTTP_JSON);
    assertThat(translate("ZipkinConfig", config))
        .isEqualTo(
            new SpanCollector.Zipkin(
                new SpanCollector.Post("old", "old", "/old", List.of(), null), false, false));
    assertThat(
            translate(
                "ZipkinConfig",
                config
                    .setTraceId128Bit(false)
                    .setTraceContextOption(
                        ZipkinConfig.TraceContextOption.USE_B3_WITH_W3C_PROPAGATION)
                    .setCollectorService(SERVICE)))
        .as("collector_service goes before")
        .isEqualTo(new SpanCollector.Zipkin(POST, true, true));
    assertThat(findings.notes()).isEmpty();
  }

  @Test
  void whatIsNotUnderstoodIsNoted() {
    assertThat(translate("DatadogConfig", OpenTelemetryConfig.newBuilder())).isNull();
    assertThat(translate("OpenTelemetryConfig", OpenTelemetryConfig.newBuilder())).isNull();
    @Nullable SpanCollector unused =
        translate(
            "OpenTelemetryConfig",
            OpenTelemetryConfig.newBuilder()
                .setHttpService(SERVICE)
                .addResourceDetectors(TypedExtensionConfig.newBuilder().setName("d")));
    String otherwise = ": spans go to the workload's own OTLP endpoint, if any";
    assertThat(findings.notes())
        .extracting(Note::reason)
        .containsExactly(
            "envoy.config.trace.v3.DatadogConfig is not supported" + otherwise,
            "only envoy_grpc is supported" + otherwise,
            "has no effect: the resource's attributes are those of OTEL_RESOURCE_ATTRIBUTES");
  }

  /** So that the collector's endpoints are asked for. */
  @Test
  void itsClusterIsTheListeners() {
    assertThat(
            TelemetryTranslator.translate(
                    HttpConnectionManager.newBuilder()
                        .setTracing(
                            HttpConnectionManager.Tracing.newBuilder()
                                .setProvider(
                                    Tracing.Http.newBuilder()
                                        .setTypedConfig(
                                            Any.newBuilder()
                                                .setTypeUrl(
                                                    "a/envoy.config.trace.v3.OpenTelemetryConfig")
                                                .setValue(
                                                    OpenTelemetryConfig.newBuilder()
                                                        .setHttpService(SERVICE)
                                                        .build()
                                                        .toByteString()))))
                        .build(),
                    "manager",
                    com.google.protobuf.Struct.getDefaultInstance(),
                    findings)
                .clusters())
        .containsExactly("c");
  }
}
