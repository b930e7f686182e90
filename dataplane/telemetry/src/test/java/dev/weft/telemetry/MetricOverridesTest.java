package dev.weft.telemetry;

import static dev.weft.telemetry.Requests.CATALOG_V1;
import static dev.weft.telemetry.Requests.CLUSTER;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.engine.HeaderSource;
import dev.weft.engine.ResponseFlag;
import dev.weft.engine.expression.Expression;
import dev.weft.engine.model.MetricPolicy;
import dev.weft.engine.model.TelemetryPolicy;
import dev.weft.engine.spi.Telemetry.InboundObservation;
import dev.weft.engine.spi.Telemetry.OutboundObservation;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Istio's Telemetry, {@code metrics.overrides}, as its stats filter acts on them. */
class MetricOverridesTest extends TelemetryTest {

  private final MeshTelemetry telemetry = plain();

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          # Istio's name                | the metric's, whose series it names or removes
          requests_total                | istio_requests_total{
          request_duration_milliseconds | istio_request_duration_milliseconds_count{
          request_bytes                 | istio_request_bytes_count{
          response_bytes                | istio_response_bytes_count{
          """)
  void eachMetricIsNamedDroppedAndLabelled(String name, String start) {
    request(Map.of("content-length", "7"));
    assertThat(lines(telemetry, start)).as("standard").hasSize(1);

    inbound(policy(name, true, Map.of(), Set.of()));
    request(Map.of("content-length", "7"));
    assertThat(lines(telemetry, start)).as("disabled").isEmpty();
    assertThat(lines(telemetry, "istio_")).as("the others").isNotEmpty();

    inbound(policy(name, false, Map.of("tier", "'gold'"), Set.of("source_principal")));
    request(Map.of("content-length", "7"));
    assertThat(lines(telemetry, start))
        .singleElement()
        .asString()
        .contains("tier=\"gold\"")
        .doesNotContain("source_principal=");
    for (StandardMetric other : StandardMetric.values()) {
      if (!other.configured.equals(name)) {
        assertThat(lines(telemetry, "istio_" + other.configured))
            .as("untouched")
            .isNotEmpty()
            .allMatch(line -> !line.contains("tier=") && line.contains("source_principal="));
      }
    }
  }

  /** CEL over what is known when the request has ended. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          request.host                                          | catalog:8080
          request.method                                        | GET
          request.url_path                                      | /items
          request.headers['x-tenant']                           | acme
          request.headers['x-absent']                           | unknown
          has(request.headers['x-absent']) ? 'yes' : 'no'       | no
          response.code >= 500 ? 'bad' : 'good'                 | good
          string(response.code)                                 | 200
          response.headers['x-served-by']                       | pod-3
          string(destination.port)                              | 8080
          string(request.size)                                  | 7
          connection.mtls                                       | true
          "fixed"                                               | fixed
          """)
  void aLabelIsAnExpression(String expression, String value) {
    inbound(policy("requests_total", false, Map.of("label", expression), Set.of()));
    request(Map.of("content-length", "7", "x-tenant", "acme"));
    assertThat(line(telemetry, "istio_requests_total{")).contains("label=\"" + value + "\"");
  }

  @Test
  void aStandardLabelMayBeAnother() {
    inbound(policy("", false, Map.of("response_code", "'any'"), Set.of()));
    request(Map.of());
    assertThat(lines(telemetry, "istio_requests_total{"))
        .singleElement()
        .asString()
        .contains("response_code=\"any\"", "reporter=\"destination\"");
  }

  @Test
  void requestsAreToldApartByTheLabel() {
    inbound(
        policy("requests_total", false, Map.of("tenant", "request.headers['x-tenant']"), Set.of()));
    request(Map.of("x-tenant", "a"));
    request(Map.of("x-tenant", "b"));
    request(Map.of("x-tenant", "b"));
    assertThat(lines(telemetry, "istio_requests_total{"))
        .hasSize(2)
        .anyMatch(line -> line.contains("tenant=\"a\"") && line.endsWith(" 1.0"))
        .anyMatch(line -> line.contains("tenant=\"b\"") && line.endsWith(" 2.0"));
    assertThat(line(telemetry, "istio_request_duration_milliseconds_count{")).endsWith(" 3");
  }

  @Test
  void whatIsToldApartByNothingAnyMoreIsCountedTogether() {
    inbound(policy("requests_total", false, Map.of(), Set.of("response_code")));
    request(Map.of());
    InboundObservation other = telemetry.inbound(inbound(Map.of()));
    other.ended(500, ResponseFlag.NONE, null, null);
    assertThat(line(telemetry, "istio_requests_total{"))
        .doesNotContain("response_code=")
        .endsWith(" 2.0");
  }

  @Test
  void eachDirectionHasItsOwn() {
    telemetry.update(
        new TelemetryPolicy.Both(
            TelemetryPolicy.NONE,
            new TelemetryPolicy(
                List.of(),
                null,
                List.of(policy("", false, Map.of("path", "request.url_path"), Set.of())))));
    request(Map.of());
    call(7);
    assertThat(lines(telemetry, "istio_requests_total{"))
        .hasSize(2)
        .anyMatch(line -> line.contains("reporter=\"source\"") && line.contains("path=\"/items\""))
        .anyMatch(line -> line.contains("reporter=\"destination\"") && !line.contains("path="));
  }

  @Test
  void withoutThemItIsAsItWasAgain() {
    request(Map.of());
    inbound(policy("", false, Map.of("label", "'x'"), Set.of()));
    assertThat(lines(telemetry, "istio_requests_total{")).as("counted by other labels").isEmpty();
    request(Map.of());
    telemetry.update(TelemetryPolicy.Both.NONE);
    assertThat(lines(telemetry, "istio_requests_total{")).isEmpty();
    request(Map.of());
    assertThat(line(telemetry, "istio_requests_total{")).doesNotContain("label=").endsWith(" 1.0");
  }

  @Test
  void aRequestThatBeganBeforeIsCounted() {
    InboundObservation before = telemetry.inbound(inbound(Map.of("x-tenant", "a")));
    inbound(policy("", false, Map.of("tenant", "request.headers['x-tenant']"), Set.of()));
    before.ended(200, ResponseFlag.NONE, null, null);
    assertThat(line(telemetry, "istio_requests_total{"))
        .as("nothing was kept of its headers")
        .contains("tenant=\"unknown\"");
  }

  @Test
  void aLabelThatCallersChooseDoesntFillTheMemory() {
    inbound(policy("", false, Map.of("tenant", "request.headers['x-tenant']"), Set.of()));
    for (int i = 0; i < 2 * KnownPeers.MOST_SERIES; i++) {
      request(Map.of("x-tenant", i + "x".repeat(1000)));
    }
    assertThat(lines(telemetry, "istio_requests_total{").toList())
        .hasSize(KnownPeers.MOST_SERIES + 1)
        .allMatch(line -> line.length() < 2000);
    assertThat(line(telemetry, "weft_metrics_dropped_requests_total"))
        .endsWith(" " + (double) KnownPeers.MOST_SERIES);
  }

  @Test
  void bodiesAreCountedWhereTheirLengthIsKnown() {
    request(Map.of("content-length", "300"));
    assertThat(line(telemetry, "istio_request_bytes_sum{")).endsWith(" 300.0");
    assertThat(line(telemetry, "istio_request_bytes_bucket{")).contains("le=\"0.5\"");
    assertThat(line(telemetry, "istio_response_bytes_sum{")).endsWith(" 42.0");

    call(700);
    assertThat(lines(telemetry, "istio_request_bytes_sum{"))
        .anyMatch(line -> line.contains("reporter=\"source\"") && line.endsWith(" 700.0"));
    call(-1);
    assertThat(lines(telemetry, "istio_request_bytes_count{"))
        .as("of a length that nobody knows nothing is told")
        .anyMatch(line -> line.contains("reporter=\"source\"") && line.endsWith(" 1"));
    assertThat(lines(telemetry, "istio_requests_total{"))
        .anyMatch(line -> line.contains("reporter=\"source\"") && line.endsWith(" 2.0"));
  }

  @ParameterizedTest
  @CsvSource({
    // what the server counted, what the head says, what is told
    "0, 42, 42, a file that the system sends",
    "10, 42, 10, broken off",
    "12, , 12, chunked",
    "0, , 0, empty",
  })
  void whatTheServerCountedGoesFirst(long counted, Long head, double told, String why) {
    InboundObservation observation = telemetry.inbound(inbound(Map.of()));
    observation.responded(
        200, name -> name.equals("content-length") && head != null ? "" + head : null);
    observation.transferred(5, counted);
    observation.ended(200, ResponseFlag.NONE, null, null);
    assertThat(line(telemetry, "istio_response_bytes_sum{")).as(why).endsWith(" " + told);
    assertThat(line(telemetry, "istio_request_bytes_sum{")).endsWith(" 5.0");
  }

  private void request(Map<String, String> headers) {
    InboundObservation observation = telemetry.inbound(inbound(headers));
    observation.responded(
        200, name -> Map.of("x-served-by", "pod-3", "content-length", "42").get(name));
    observation.ended(200, ResponseFlag.NONE, null, null);
  }

  private void call(long length) {
    OutboundObservation call = telemetry.outbound(new Requests.Outbound(Map.of()), null);
    call.attempt(1, "r", CLUSTER, CATALOG_V1, true).responded(200, HeaderSource.NONE);
    call.requestBody(length);
    call.ended(200, ResponseFlag.NONE, "r", CLUSTER, CATALOG_V1, true, CATALOG);
  }

  private void inbound(MetricPolicy... policies) {
    telemetry.update(
        new TelemetryPolicy.Both(
            new TelemetryPolicy(List.of(), null, List.of(policies)), TelemetryPolicy.NONE));
  }

  private static MetricPolicy policy(
      String metric, boolean drop, Map<String, String> labels, Set<String> removed) {
    Map<String, Expression> dimensions = new java.util.HashMap<>();
    labels.forEach((label, text) -> dimensions.put(label, Expression.parse(text)));
    return new MetricPolicy(metric, drop, dimensions, removed);
  }
}
