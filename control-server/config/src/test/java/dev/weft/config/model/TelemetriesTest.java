package dev.weft.config.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.config.Fixtures;
import dev.weft.config.model.Telemetries.Metric;
import dev.weft.config.model.Telemetry.Mode;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * Istio's pilot/pkg/model/telemetry.go: applicableTelemetries, mergeLogs, Tracing, mergeMetrics.
 */
class TelemetriesTest {

  private static final Map<String, String> CATALOG = Map.of("app", "catalog");

  private static String meshConfig(String fields) {
    return "---\napiVersion: mesh.istio.io/v1alpha1\nkind: MeshConfig\nmetadata: {name: m}\nspec: {"
        + fields
        + "}\n";
  }

  private static final String PROVIDERS =
      "extensionProviders: [{name: a, envoyFileAccessLog: {path: /a}},"
          + " {name: b, envoyFileAccessLog: {path: /b}},"
          + " {name: otel, opentelemetry: {service: c.obs.svc.cluster.local, port: 4317}}]";

  private static String telemetry(String namespace, String name, String spec) {
    return "---\napiVersion: telemetry.istio.io/v1\nkind: Telemetry\nmetadata: {name: "
        + name
        + ", namespace: "
        + namespace
        + "}\nspec: {"
        + spec
        + "}\n";
  }

  private static Telemetries of(String... documents) {
    return Fixtures.model(String.join("", documents)).telemetry("shop", CATALOG);
  }

  /** Providers' names with their filters. */
  private static Map<String, String> logs(Telemetries telemetry, Mode mode) {
    return telemetry.logs(mode).stream()
        .collect(
            Collectors.toMap(log -> log.provider().name(), log -> String.valueOf(log.filter())));
  }

  @Test
  void withoutAnyThereIsNothing() {
    Telemetries none = of();
    assertThat(none.logs(Mode.SERVER)).isEmpty();
    assertThat(none.spans(Mode.SERVER)).isEmpty();
    assertThat(none.metrics(Mode.SERVER)).isEmpty();
  }

  @Test
  void accessLogFileHoldsUntilAnybodySaysMore() {
    assertThat(logs(of(meshConfig("accessLogFile: /dev/stdout")), Mode.CLIENT))
        .containsOnlyKeys("");
    assertThat(
            logs(
                of(
                    meshConfig("accessLogFile: /dev/stdout, " + PROVIDERS),
                    telemetry("shop", "t", "accessLogging: [{providers: [{name: a}]}]")),
                Mode.CLIENT))
        .containsOnlyKeys("a");
  }

  @Test
  void defaultProvidersHold() {
    String mesh = meshConfig(PROVIDERS + ", defaultProviders: {accessLogging: [a]}");
    assertThat(logs(of(mesh), Mode.SERVER)).containsOnlyKeys("a");
    assertThat(
            logs(
                of(mesh, telemetry("istio-system", "t", "accessLogging: [{disabled: true}]")),
                Mode.SERVER))
        .isEmpty();
  }

  @Test
  void theNarrowerScopeNamesTheProviders() {
    Telemetries telemetry =
        of(
            meshConfig(PROVIDERS),
            telemetry("istio-system", "t", "accessLogging: [{providers: [{name: a}]}]"),
            telemetry(
                "shop",
                "t",
                "accessLogging: [{providers: [{name: b}], filter: {expression: response.code > 1}}]"));
    assertThat(logs(telemetry, Mode.SERVER)).isEqualTo(Map.of("b", "response.code > 1"));
  }

  @Test
  void aWorkloadsOwnDisables() {
    Telemetries telemetry =
        of(
            meshConfig(PROVIDERS),
            telemetry("istio-system", "t", "accessLogging: [{providers: [{name: a}]}]"),
            telemetry(
                "shop",
                "own",
                "selector: {matchLabels: {app: catalog}}, accessLogging: [{disabled: true}]"),
            telemetry(
                "shop",
                "other",
                "selector: {matchLabels: {app: x}}, accessLogging: [{providers: [{name: b}]}]"));
    assertThat(logs(telemetry, Mode.SERVER)).isEmpty();
  }

  @Test
  void modesAreTold() {
    Telemetries telemetry =
        of(
            meshConfig(PROVIDERS),
            telemetry(
                "shop",
                "t",
                "accessLogging: [{match: {mode: CLIENT}, providers: [{name: a}]},"
                    + " {match: {mode: SERVER}, providers: [{name: b}]}]"));
    assertThat(logs(telemetry, Mode.CLIENT)).containsOnlyKeys("a");
    assertThat(logs(telemetry, Mode.SERVER)).containsOnlyKeys("b");
  }

  @Test
  void tracingIsMergedFieldByField() {
    Telemetries telemetry =
        of(
            meshConfig(PROVIDERS),
            telemetry(
                "istio-system",
                "t",
                "tracing: [{providers: [{name: otel}], randomSamplingPercentage: 10,"
                    + " customTags: {x: {literal: {value: y}}}}]"),
            telemetry(
                "shop",
                "t",
                "tracing: [{match: {mode: CLIENT}, randomSamplingPercentage: 50,"
                    + " disableSpanReporting: true}]"));
    Telemetries.Spans server = telemetry.spans(Mode.SERVER).orElseThrow();
    Telemetries.Spans client = telemetry.spans(Mode.CLIENT).orElseThrow();
    assertThat(server.sampling()).isEqualTo(10);
    assertThat(server.disabled()).isFalse();
    assertThat(client.sampling()).isEqualTo(50);
    assertThat(client.disabled()).isTrue();
    assertThat(client.customTags()).containsKey("x");
    assertThat(client.provider()).isNotNull();
  }

  @Test
  void meshConfigsTracingHoldsByItself() {
    Telemetries telemetry = of(meshConfig("defaultConfig: {tracing: {sampling: 7}}"));
    assertThat(telemetry.spans(Mode.SERVER).orElseThrow().sampling()).isEqualTo(7);
    assertThat(of(meshConfig("enableTracing: false")).spans(Mode.SERVER).orElseThrow().disabled())
        .isTrue();
  }

  @Test
  void metricsAreMergedByLabel() {
    Telemetries telemetry =
        of(
            telemetry(
                "istio-system",
                "t",
                "metrics: [{overrides: [{match: {metric: REQUEST_COUNT}, tagOverrides: {a: {value:"
                    + " request.host}, b: {operation: REMOVE}}}]}]"),
            telemetry(
                "shop",
                "t",
                "metrics: [{overrides: [{match: {metric: REQUEST_COUNT, mode: SERVER},"
                    + " tagOverrides: {a: {value: request.method}}},"
                    + " {match: {metric: RESPONSE_SIZE}, disabled: true}]}]"));
    assertThat(telemetry.metrics(Mode.SERVER))
        .containsExactly(
            new Metric("REQUEST_COUNT", false, Map.of("a", "request.method", "b", "")),
            new Metric("RESPONSE_SIZE", true, Map.of()));
    assertThat(telemetry.metrics(Mode.CLIENT))
        .contains(new Metric("REQUEST_COUNT", false, Map.of("a", "request.host", "b", "")));
  }

  @Test
  void allMetricsAreEachOfThem() {
    assertThat(
            of(telemetry(
                    "shop",
                    "t",
                    "metrics: [{overrides: [{match: {metric: ALL_METRICS}, disabled: true},"
                        + " {match: {metric: REQUEST_COUNT}, disabled: false}]}]"))
                .metrics(Mode.SERVER))
        .hasSize(Telemetries.ISTIO_METRICS.size())
        .contains(new Metric("REQUEST_COUNT", false, Map.of()))
        .contains(new Metric("REQUEST_DURATION", true, Map.of()));
  }

  @Test
  void whatLeadsNowhereIsFound() {
    MeshModel model =
        Fixtures.model(
            telemetry("shop", "a", "accessLogging: [{providers: [{name: envoy}, {name: x}]}]")
                + telemetry("shop", "b", "tracing: [{providers: [{name: y}]}]"));
    assertThat(Analysis.of(model))
        .extracting(Object::toString)
        .satisfiesExactly(
            first ->
                assertThat(first)
                    .endsWith(
                        "spec.accessLogging[0].providers[1].name: no extensionProvider is called x"),
            second ->
                assertThat(second)
                    .endsWith(
                        "is not in force: Telemetry shop/a holds for the whole namespace already"),
            third ->
                assertThat(third)
                    .endsWith(
                        "spec.tracing[0].providers[0].name: no extensionProvider is called y"));
  }
}
