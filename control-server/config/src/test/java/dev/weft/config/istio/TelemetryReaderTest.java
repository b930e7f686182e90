package dev.weft.config.istio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.weft.config.ConfigurationFile;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What is wrong with a Telemetry, or with a log's format; {@code validation} is Istio's. */
class TelemetryReaderTest {

  private static Arguments row(String source, String spec, String... findings) {
    return arguments(source, spec, List.of(findings));
  }

  static Stream<Arguments> specs() {
    return Stream.of(
        row(
            "istio.io tasks: customize metrics, access logs and tracing",
            "{selector: {matchLabels: {app: a}}, accessLogging: [{providers: [{name: envoy}],"
                + " match: {mode: SERVER}, filter: {expression: 'response.code >= 400'}}],"
                + " tracing: [{randomSamplingPercentage: 10, customTags: {a: {literal: {value: b}}}}],"
                + " metrics: [{providers: [{name: prometheus}], overrides: [{match: {metric:"
                + " REQUEST_COUNT, mode: CLIENT}, tagOverrides: {request_host: {value:"
                + " request.host}, response_flags: {operation: REMOVE}}}]}]}"),
        row(
            "a filter that isn't understood names itself",
            "{accessLogging: [{filter: {expression: 'response.cod > 1'}}]}",
            "error: spec.accessLogging[0].filter.expression: \"response.cod > 1\": attribute"
                + " response.cod is not supported"),
        row(
            "validation: filter.expression is required",
            "{accessLogging: [{filter: {}}]}",
            "error: spec.accessLogging[0].filter.expression: is required"),
        row(
            "validation: randomSamplingPercentage is from 0 to 100",
            "{tracing: [{randomSamplingPercentage: 101}]}",
            "error: spec.tracing[0].randomSamplingPercentage: must be a number from 0.0 to 100.0, is"
                + " 101"),
        row(
            "WorkloadMode",
            "{accessLogging: [{match: {mode: BOTH}}]}",
            "error: spec.accessLogging[0].match.mode: must be one of [CLIENT_AND_SERVER, CLIENT,"
                + " SERVER], is BOTH"),
        row(
            "MetricSelector.IstioMetric",
            "{metrics: [{overrides: [{match: {metric: REQUESTS}}]}]}",
            "error: spec.metrics[0].overrides[0].match.metric: REQUESTS is not a metric of Istio's"),
        row(
            "validation: value must not be set when operation is REMOVE",
            "{metrics: [{overrides: [{tagOverrides: {a: {operation: REMOVE, value: b}}}]}]}",
            "error: spec.metrics[0].overrides[0].tagOverrides.a.value: must not be given with"
                + " operation REMOVE"),
        row(
            "validation: value must be set when operation is UPSERT",
            "{metrics: [{overrides: [{tagOverrides: {a: {}}}]}]}",
            "error: spec.metrics[0].overrides[0].tagOverrides.a.value: is required"),
        row(
            "not honoured",
            "{metrics: [{reportingInterval: 5s}], tracing: [{useRequestIdForTraceSampling: true}]}",
            "warning: spec.metrics[0].reportingInterval: has no effect: it is how often a proxy tells of"
                + " TCP connections that last; the agent carries HTTP, whose requests are counted as"
                + " they end"),
        row(
            "Tracing's switches",
            "{tracing: [{useRequestIdForTraceSampling: false, disableContextPropagation: true,"
                + " enableIstioTags: false, customTags: {a: {formatter: {value: '%PROTOCOL%'}}}}]}"),
        row(
            "CustomTag.Formatter",
            "{tracing: [{customTags: {a: {formatter: {value: '%NONE%'}}}}]}",
            "error: spec.tracing[0].customTags.a.formatter.value: %NONE% is not a command"
                + " operator of Envoy's"),
        row(
            "metrics that an agent hasn't",
            "{metrics: [{overrides: [{match: {metric: TCP_SENT_BYTES}}, {match: {customMetric: a}},"
                + " {match: {metric: GRPC_REQUEST_MESSAGES}}]}]}",
            "warning: spec.metrics[0].overrides[0].match.metric: has no effect: TCP_SENT_BYTES counts"
                + " connections that a proxy carries without knowing what is in them; the agent"
                + " carries HTTP alone",
            "warning: spec.metrics[0].overrides[1].match.customMetric: has no effect: the agent has"
                + " Istio's own metrics alone, for there is no Wasm to define others; tagOverrides add"
                + " labels to those, and an application has metrics of its own",
            "warning: spec.metrics[0].overrides[2].match.metric: has no effect: GRPC_REQUEST_MESSAGES"
                + " counts messages in bodies, which the agent doesn't look into; gRPC's calls are in"
                + " REQUEST_COUNT, with grpc_response_status"),
        row(
            "Prometheus' own labels",
            "{metrics: [{overrides: [{tagOverrides: {le: {value: '1'}}}]}]}",
            "error: spec.metrics[0].overrides[0].tagOverrides.le: is not the name of a label"));
  }

  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource("specs")
  void isFound(String source, String spec, List<String> expected) {
    String text =
        "apiVersion: telemetry.istio.io/v1\nkind: Telemetry\nmetadata: {name: x, namespace: shop}\n"
            + "spec: "
            + spec
            + "\n";
    assertThat(ConfigurationFile.parse("f.yaml", text).findings())
        .extracting(
            finding ->
                finding.toString().replace("f.yaml:4: ", "").replace("Telemetry shop/x: ", ""))
        .containsExactlyElementsOf(expected);
  }

  /** Telemetry.targetRefs: else it would hold for all workloads of its namespace. */
  @Test
  void whatIsForAGatewayIsNotInForce() {
    ConfigurationFile file =
        ConfigurationFile.parse(
            "f.yaml",
            "apiVersion: telemetry.istio.io/v1\nkind: Telemetry\nmetadata: {name: x}\nspec:"
                + " {targetRefs: [{kind: Gateway, name: g}], tracing: [{disableSpanReporting:"
                + " true}]}\n");
    assertThat(file.resources()).isEmpty();
    assertThat(file.findings())
        .singleElement()
        .asString()
        .contains("warning")
        .endsWith("targetRefs concern gateways and waypoints, which are not served; not in force");
  }

  static Stream<Arguments> formats() {
    return Stream.of(
        row("Envoy's operators", "text: '%REQ(X-A?:PATH):8% %RESPONSE_CODE%'"),
        row(
            "no operator",
            "text: '%RESPONSE_COD%'",
            "error: text: %RESPONSE_COD% is not a command operator of Envoy's"),
        row(
            "an operator in an object in an object",
            "labels: {a: {b: ['%REQ%']}}",
            "error: labels: %REQ% must name a header: %REQ(X-NAME)%"),
        row(
            "an operator of a proxy's",
            "text: '%DOWNSTREAM_TLS_VERSION%'",
            "warning: text: %DOWNSTREAM_TLS_VERSION% has no value in the agent: \"-\""));
  }

  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource("formats")
  void formatsAreChecked(String source, String format, List<String> expected) {
    String text =
        "apiVersion: mesh.istio.io/v1alpha1\nkind: MeshConfig\nmetadata: {name: x}\n"
            + "extensionProviders: [{name: a, envoyFileAccessLog: {logFormat: {"
            + format
            + "}}}]\n";
    assertThat(ConfigurationFile.parse("f.yaml", text).findings())
        .extracting(
            finding ->
                finding
                    .toString()
                    .replace("f.yaml:4: ", "")
                    .replace("MeshConfig default/x: ", "")
                    .replace("extensionProviders[0].envoyFileAccessLog.logFormat.", ""))
        .containsExactlyElementsOf(expected);
  }
}
