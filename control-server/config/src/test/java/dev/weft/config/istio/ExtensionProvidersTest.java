package dev.weft.config.istio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.weft.config.ConfigurationFile;
import dev.weft.config.Fixtures;
import dev.weft.config.model.ExtensionProvider;
import dev.weft.config.model.ExtensionProvider.HttpAccessLog;
import dev.weft.config.model.ExtensionProvider.OpenTelemetryTracing;
import dev.weft.config.model.ExtensionProvider.ZipkinTracing;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Istio's MeshConfig.ExtensionProvider: where spans and logs go. */
class ExtensionProvidersTest {

  private static String mesh(String provider) {
    return "apiVersion: mesh.istio.io/v1alpha1\nkind: MeshConfig\nmetadata: {name: m}\nspec:\n"
        + "  extensionProviders:\n  - {name: a, "
        + provider
        + "}\n";
  }

  static Stream<Arguments> providers() {
    Duration second = Duration.ofSeconds(1);
    String service = "service: s, port: 1";
    return Stream.of(
        arguments(
            "OpenTelemetryTracingProvider: by gRPC unless it says http",
            "opentelemetry: {" + service + "}",
            new OpenTelemetryTracing("a", "s", 1, null, null, Map.of(), null)),
        arguments(
            "OpenTelemetryTracingProvider.http: 3 s unless said",
            "opentelemetry: {" + service + ", http: {path: v1/traces}, maxTagLength: 9}",
            new OpenTelemetryTracing(
                "a", "s", 1, "/v1/traces", Duration.ofSeconds(3), Map.of(), 9)),
        arguments(
            "HttpHeader",
            "opentelemetry: {"
                + service
                + ", http: {path: /, timeout: 1s, headers: [{name: k, value: v}]}}",
            new OpenTelemetryTracing("a", "s", 1, "/", second, Map.of("k", "v"), null)),
        arguments(
            "OpenTelemetryTracingProvider.grpc",
            "opentelemetry: {"
                + service
                + ", grpc: {timeout: 1s, initialMetadata: [{name: k, value: v}]},"
                + " resourceDetectors: {environment: {}}}",
            new OpenTelemetryTracing("a", "s", 1, null, second, Map.of("k", "v"), null)),
        arguments(
            "ZipkinTracingProvider: as pilot's zipkinConfig has it",
            "zipkin: {" + service + "}",
            new ZipkinTracing(
                "a", "s", 1, "/api/v2/spans", Duration.ofSeconds(5), Map.of(), false, false, null)),
        arguments(
            "ZipkinTracingProvider",
            "zipkin: {"
                + service
                + ", path: /z, timeout: 1s, headers: [{name: k, value: v}], maxTagLength: 9,"
                + " enable64bitTraceId: true, traceContextOption: USE_B3_WITH_W3C_PROPAGATION}",
            new ZipkinTracing("a", "s", 1, "/z", second, Map.of("k", "v"), true, true, 9)),
        arguments(
            "EnvoyHttpGrpcV3LogProvider",
            "envoyHttpAls: {"
                + service
                + ", logName: n, additionalRequestHeadersToLog: [a],"
                + " additionalResponseHeadersToLog: [b], additionalResponseTrailersToLog: [c]}",
            new HttpAccessLog("a", "s", 1, "n", List.of("a"), List.of("b"), List.of("c"))));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("providers")
  void isRead(String source, String provider, ExtensionProvider expected) {
    assertThat(Fixtures.model(mesh(provider)).settings().config().provider("a")).contains(expected);
    assertThat(ConfigurationFile.parse("f.yaml", mesh(provider)).findings()).isEmpty();
  }

  static Stream<Arguments> findings() {
    String spans =
        "warning: spans don't go there, but to the agent's OTEL_EXPORTER_OTLP_ENDPOINT if it has"
            + " one: the agent speaks OTLP and Zipkin's JSON; ";
    return Stream.of(
        arguments("lightstep: {service: s, port: 1}", spans + "Lightstep takes OTLP"),
        arguments("datadog: {service: s, port: 1}", spans + "Datadog's agent takes OTLP"),
        arguments("stackdriver: {}", spans + "an OpenTelemetry collector"),
        arguments("opencensus: {service: s, port: 1}", spans + "OpenCensus has become"),
        arguments("skywalking: {service: s, port: 1}", spans + "SkyWalking's OAP takes OTLP"),
        arguments("sds: {name: x}", "warning: has no effect: it hands certificates to gateways"),
        arguments(
            "envoyTcpAls: {service: s, port: 1}",
            "warning: nothing is logged there: the agent carries HTTP alone"),
        arguments(
            "envoyHttpAls: {service: s, port: 1, filterStateObjectsToLog: [x]}",
            "warning: has no effect: what filters of a proxy's leave behind"),
        arguments(
            "opentelemetry: {service: s, port: 1, dynatraceSampler: {tenant: t}}",
            "warning: has no effect: the agent doesn't ask Dynatrace how much to record"),
        arguments(
            "opentelemetry: {service: s, port: 1, resourceDetectors: {dynatrace: {}}}",
            "warning: has no effect: the agent doesn't read the files of Dynatrace's OneAgent"),
        arguments(
            "opentelemetry: {service: s, port: 1, http: {path: /}, grpc: {}}",
            "error: must have only one of http and grpc"),
        arguments(
            "zipkin: {service: s, port: 1, headers: [{name: k}]}",
            "error: must have one of value and envName"),
        arguments(
            "zipkin: {service: s, port: 1, headers: [{name: k, envName: NOT_SET_HERE}]}",
            "warning: the control server has no environment variable NOT_SET_HERE: the header is"
                + " left out"),
        arguments(
            "envoyExtAuthzGrpc: {service: s, port: 1, timeout: 56s}",
            "warning: is in force up to 55 s: nobody's request holds a server's thread for longer"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("findings")
  void isFound(String provider, String expected) {
    assertThat(ConfigurationFile.parse("f.yaml", mesh(provider)).findings())
        .extracting(
            finding ->
                finding.severity().name().toLowerCase(java.util.Locale.ROOT)
                    + ": "
                    + finding.message())
        .singleElement()
        .asString()
        .startsWith(expected);
  }

  /** HttpHeader.env_name: of the control server, as istiod has it. */
  @Test
  void aHeaderMayStandInTheEnvironment() {
    String path = System.getenv("PATH");
    ZipkinTracing zipkin =
        (ZipkinTracing)
            Fixtures.model(
                    mesh("zipkin: {service: s, port: 1, headers: [{name: k, envName: PATH}]}"))
                .settings()
                .config()
                .provider("a")
                .orElseThrow();
    assertThat(zipkin.headers()).isEqualTo(Map.of("k", path));
  }
}
