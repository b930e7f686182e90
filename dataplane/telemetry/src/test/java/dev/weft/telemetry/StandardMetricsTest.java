package dev.weft.telemetry;

import static dev.weft.telemetry.Requests.CATALOG_V1;
import static dev.weft.telemetry.Requests.CLUSTER;
import static dev.weft.telemetry.Requests.STOREFRONT;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.engine.HeaderSource;
import dev.weft.engine.PeerMetadata;
import dev.weft.engine.ResponseFlag;
import dev.weft.engine.model.Endpoint;
import dev.weft.engine.spi.Telemetry.AttemptObservation;
import dev.weft.engine.spi.Telemetry.OutboundObservation;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Istio's standard metrics, and Weft's own beside them. */
class StandardMetricsTest extends TelemetryTest {

  @Test
  void metricsBearIstiosNamesAtTheSource() {
    MeshTelemetry telemetry = plain();
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
  void anEndpointWithoutLabelsIsDescribedAsItDescribesItself() {
    WorkloadFacts itself = new WorkloadFacts("catalog", "shop", "catalog-w", "i", "n", Map.of());
    assertThat(requestTo(Map.of("workload", "catalog-w", "namespace", "shop", "app", "")))
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
    assertThat(
            requestTo(
                Map.of(
                    "workload", "w",
                    "app", "a",
                    "version", "v",
                    "canonical_service", "name",
                    "canonical_revision", "revision")))
        .contains("destination_app=\"a\"", "destination_version=\"v\"")
        .contains("destination_canonical_service=\"name\"")
        .contains("destination_canonical_revision=\"revision\"");
  }

  /** As it is counted, to an endpoint of which that is known. */
  private String requestTo(Map<String, String> about) {
    MeshTelemetry telemetry = plain();
    Endpoint endpoint =
        new Endpoint(InetSocketAddress.createUnresolved("10.0.0.7", 80), true, false, 1, about);
    telemetry
        .outbound(new Requests.Outbound(Map.of()), null)
        .ended(200, ResponseFlag.NONE, "r", CLUSTER, endpoint, false, null);
    return line(telemetry, "istio_requests_total{");
  }

  /** istio/proxy's populateDestinationService: the host, as what Istio's clusters are called. */
  @Test
  void hostsThatNobodyDeclaresAreCountedTogether() {
    MeshTelemetry telemetry = plain();
    telemetry
        .outbound(new Requests.Outbound(Map.of()), null)
        .ended(502, ResponseFlag.NONE, "block_all", null, null, false, null);
    telemetry
        .outbound(new Requests.Outbound(Map.of()), null)
        .ended(200, ResponseFlag.NONE, "allow_any", "outbound|80||proxy", CATALOG_V1, false, null);
    assertThat(lines(telemetry, "istio_requests_total{"))
        .allMatch(line -> line.contains("destination_service=\"catalog\""))
        .satisfiesExactlyInAnyOrder(
            line -> assertThat(line).contains("destination_service_name=\"BlackHoleCluster\""),
            line -> assertThat(line).contains("destination_service_name=\"PassthroughCluster\""));
  }

  @Test
  void aGrpcCallIsCountedByTheStatusInItsTrailers() {
    MeshTelemetry telemetry = plain();
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
  void countsThatAreKeptElsewhereAreShown() {
    MeshTelemetry telemetry = plain();
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
  void endlessPeersDoNotMakeEndlessSeries() {
    MeshTelemetry telemetry = plain();
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
}
