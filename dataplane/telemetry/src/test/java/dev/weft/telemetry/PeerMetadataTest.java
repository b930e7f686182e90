package dev.weft.telemetry;

import static dev.weft.telemetry.Requests.CATALOG_V1;
import static dev.weft.telemetry.Requests.CLUSTER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.weft.engine.HeaderEdits;
import dev.weft.engine.ResponseFlag;
import dev.weft.engine.spi.Telemetry.OutboundObservation;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What one workload tells another of itself. */
class PeerMetadataTest extends TelemetryTest {

  @Test
  void aMeshPeerIsToldWhoCallsAndNobodyElseIs() {
    MeshTelemetry caller = plain();
    OutboundObservation call = caller.outbound(new Requests.Outbound(Map.of()), null);
    assertThat(call.attempt(1, "split", CLUSTER, CATALOG_V1, false).introduction().isEmpty())
        .isTrue();
    Map<String, String> told = new HashMap<>();
    call.attempt(1, "split", CLUSTER, CATALOG_V1, true)
        .introduction()
        .set()
        .forEach(header -> told.put(header.name(), header.value()));

    MeshTelemetry server = plain();
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

    server = plain();
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
        .introduction()
        .set()
        .forEach(header -> assertThat(header.value()).matches("[!-~]+"));
    Peer read = PeerStruct.decode(PeerStruct.encode(odd), () -> fail("what it doesn't believe"));
    assertThat(read.app()).isEqualTo("unknown");
    assertThat(read.namespace()).isEqualTo("shop");
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
                .introduction()
                .isEmpty())
        .isTrue();
  }
}
