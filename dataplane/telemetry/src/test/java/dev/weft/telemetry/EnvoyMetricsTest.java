package dev.weft.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.engine.ResponseFlag;
import dev.weft.engine.model.Assignment;
import dev.weft.engine.model.CircuitBreakers;
import dev.weft.engine.model.Cluster;
import dev.weft.engine.model.HealthCheck;
import dev.weft.engine.model.HealthCheck.Payload;
import dev.weft.engine.model.LoadBalancing;
import dev.weft.engine.model.OutlierDetection;
import dev.weft.engine.model.OutlierDetection.Consecutive;
import dev.weft.engine.model.OutlierDetection.FailurePercentage;
import dev.weft.engine.model.OutlierDetection.SuccessRate;
import dev.weft.engine.spi.PeerTls;
import dev.weft.engine.spi.Telemetry.InboundObservation;
import dev.weft.engine.upstream.Upstream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** What a scrape shows of clusters and handshakes, by Envoy's names on its Prometheus page. */
class EnvoyMetricsTest extends TelemetryTest {

  private static final PeerTls PEER = new PeerTls("outbound_.80_._.c", List.of(), List.of());

  private final RecordingMesh mesh = new RecordingMesh();
  private final MeshTelemetry telemetry = plain();

  EnvoyMetricsTest() {
    telemetry.attach(mesh.engine, "1.2.3");
  }

  /** The page as a whole: each name once, as docs/telemetry.md lists them. */
  @Test
  void eachMetricIsThereByName() {
    mesh.configure(cluster("outbound|80||c", true), cluster("outbound|80||unused", false));
    use("outbound|80||c");
    mesh.outbound.shookHands(false);
    mesh.outbound.shookHands(true);
    mesh.outbound.failed();
    mesh.inbound.shookHands(false);
    InboundObservation request = telemetry.inbound(inbound(Map.of()));

    Set<String> names = new TreeSet<>();
    lines(telemetry, "# TYPE envoy_").forEach(line -> names.add(line.substring(7)));
    assertThat(names)
        .containsExactly(
            "envoy_cluster_circuit_breakers_default_rq_open gauge",
            "envoy_cluster_circuit_breakers_default_rq_retry_open gauge",
            "envoy_cluster_health_check_attempt counter",
            "envoy_cluster_health_check_failure counter",
            "envoy_cluster_health_check_healthy gauge",
            "envoy_cluster_health_check_success counter",
            "envoy_cluster_membership_change counter",
            "envoy_cluster_membership_degraded gauge",
            "envoy_cluster_membership_healthy gauge",
            "envoy_cluster_membership_total gauge",
            "envoy_cluster_outlier_detection_ejections_active gauge",
            "envoy_cluster_outlier_detection_ejections_detected_consecutive_5xx counter",
            "envoy_cluster_outlier_detection_ejections_detected_consecutive_gateway_failure counter",
            "envoy_cluster_outlier_detection_ejections_detected_consecutive_local_origin_failure"
                + " counter",
            "envoy_cluster_outlier_detection_ejections_detected_failure_percentage counter",
            "envoy_cluster_outlier_detection_ejections_detected_local_origin_failure_percentage"
                + " counter",
            "envoy_cluster_outlier_detection_ejections_detected_local_origin_success_rate counter",
            "envoy_cluster_outlier_detection_ejections_detected_success_rate counter",
            "envoy_cluster_outlier_detection_ejections_enforced_consecutive_5xx counter",
            "envoy_cluster_outlier_detection_ejections_enforced_consecutive_gateway_failure counter",
            "envoy_cluster_outlier_detection_ejections_enforced_consecutive_local_origin_failure"
                + " counter",
            "envoy_cluster_outlier_detection_ejections_enforced_failure_percentage counter",
            "envoy_cluster_outlier_detection_ejections_enforced_local_origin_failure_percentage"
                + " counter",
            "envoy_cluster_outlier_detection_ejections_enforced_local_origin_success_rate counter",
            "envoy_cluster_outlier_detection_ejections_enforced_success_rate counter",
            "envoy_cluster_outlier_detection_ejections_enforced_total counter",
            "envoy_cluster_outlier_detection_ejections_overflow counter",
            "envoy_cluster_ssl_connection_error counter",
            "envoy_cluster_ssl_handshake counter",
            "envoy_cluster_ssl_session_reused counter",
            "envoy_cluster_upstream_cx_connect_fail counter",
            "envoy_cluster_upstream_cx_none_healthy counter",
            "envoy_cluster_upstream_rq_active gauge",
            "envoy_cluster_upstream_rq_pending_overflow counter",
            "envoy_cluster_upstream_rq_per_try_timeout counter",
            "envoy_cluster_upstream_rq_retry counter",
            "envoy_cluster_upstream_rq_retry_limit_exceeded counter",
            "envoy_cluster_upstream_rq_retry_overflow counter",
            "envoy_cluster_upstream_rq_retry_success counter",
            "envoy_cluster_upstream_rq_timeout counter",
            "envoy_cluster_upstream_rq_total counter",
            "envoy_http_downstream_rq_active gauge",
            "envoy_listener_ssl_connection_error counter",
            "envoy_listener_ssl_handshake counter",
            "envoy_listener_ssl_session_reused counter");
    assertThat(lines(telemetry, "envoy_cluster_"))
        .as("Istio's label, and no cluster that isn't used")
        .isNotEmpty()
        .allMatch(line -> line.contains("{cluster_name=\"outbound|80||c\"} "));
    assertThat(line(telemetry, "envoy_cluster_upstream_rq_total{")).endsWith(" 1");
    assertThat(line(telemetry, "envoy_cluster_upstream_rq_active{")).endsWith(" 1");
    assertThat(line(telemetry, "envoy_cluster_membership_total{")).endsWith(" 1");
    assertThat(line(telemetry, "envoy_cluster_ssl_handshake{")).endsWith(" 2");
    assertThat(line(telemetry, "envoy_cluster_ssl_session_reused{")).endsWith(" 1");
    assertThat(line(telemetry, "envoy_cluster_ssl_connection_error{")).endsWith(" 1");
    assertThat(line(telemetry, "envoy_listener_ssl_handshake ")).endsWith(" 1");
    assertThat(line(telemetry, "envoy_http_downstream_rq_active ")).endsWith(" 1");
    request.ended(200, ResponseFlag.NONE, null, null);
    assertThat(line(telemetry, "envoy_http_downstream_rq_active ")).endsWith(" 0");
  }

  /** Istio's, by which dashboards count the versions of proxies. */
  @Test
  void theVersionIsToldAsIstioDoes() {
    assertThat(line(telemetry, "istio_build"))
        .isEqualTo("istio_build{component=\"proxy\",tag=\"1.2.3\"} 1.0");
  }

  @Test
  void aClusterThatGoesAwayTakesItsLinesAlong() {
    mesh.configure(cluster("c", false));
    use("c");
    assertThat(lines(telemetry, "envoy_cluster_upstream_rq_total{")).hasSize(1);
    mesh.configure();
    assertThat(lines(telemetry, "envoy_cluster_")).isEmpty();
    assertThat(lines(telemetry, "# TYPE envoy_cluster_")).isEmpty();
  }

  /** OTLP's logs go to the cluster that the mesh names, as the mesh's own requests do. */
  @Test
  void logsGoThroughTheMesh() throws Exception {
    mesh.configure(cluster("outbound|4317||otel", false));
    telemetry.update(LOGGED_BY_OTLP);
    telemetry.inbound(inbound(Map.of())).ended(200, ResponseFlag.NONE, null, null);
    telemetry.flush();
    Object[] call = mesh.calls.remove();
    assertThat(call[1]).isEqualTo("otel");
    assertThat(call[2]).isEqualTo("opentelemetry.proto.collector.logs.v1.LogsService/Export");
    assertThat(new String((byte[]) call[4], StandardCharsets.ISO_8859_1))
        .contains("/items?page=2 was asked for", "log_name");
    assertThat(line(telemetry, "weft_access_log_lost_lines_total")).endsWith(" 0.0");
  }

  private void use(String cluster) {
    Upstream upstream =
        mesh.engine.upstreams().stream()
            .filter(known -> known.cluster().name().equals(cluster))
            .findFirst()
            .orElseThrow();
    assertThat(upstream.acquire(Objects.requireNonNull(upstream.pick(null)))).isTrue();
  }

  /**
   * @param whole with all that there can be counted of
   */
  private static Cluster cluster(String name, boolean whole) {
    Duration second = Duration.ofSeconds(1);
    return new Cluster(
        name,
        LoadBalancing.ROUND_ROBIN,
        second,
        whole ? PEER : null,
        false,
        whole
            ? new OutlierDetection(
                second,
                second,
                second,
                Duration.ZERO,
                100,
                true,
                false,
                new Consecutive(5, 100),
                new Consecutive(5, 0),
                new Consecutive(5, 100),
                new SuccessRate(5, 100, 1900, 0, 0),
                new FailurePercentage(85, 5, 50, 0, 0))
            : null,
        CircuitBreakers.NONE,
        whole
            ? new HealthCheck(
                new HealthCheck.Tcp(Payload.NONE, List.of()),
                second,
                Duration.ZERO,
                new HealthCheck.Intervals(
                    second, second, second, second, second, second, Duration.ZERO, 0),
                1,
                1)
            : null,
        Assignment.of(List.of(Requests.CATALOG_V1)));
  }
}
