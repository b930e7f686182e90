package dev.weft.telemetry;

import static dev.weft.telemetry.Requests.STOREFRONT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weft.engine.HeaderEdits;
import dev.weft.engine.ResponseFlag;
import dev.weft.telemetry.accesslog.LogWriter;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AccessLogTest extends TelemetryTest {

  private final ByteArrayOutputStream log = new ByteArrayOutputStream();

  @Test
  void aDenialNamesItsPolicyInMetricsAndLogAndASuccessIsNotLogged() {
    MeshTelemetry telemetry = logging(false);
    telemetry.inbound(inbound(Map.of())).ended(200, ResponseFlag.NONE, null, null);
    telemetry
        .inbound(new Requests.Inbound("/a\"\n[forged] b", STOREFRONT, Map.of()))
        .ended(403, ResponseFlag.NONE, "ns[shop]-policy[only]-rule[0]", null);
    telemetry.close();

    assertThat(line(telemetry, "weft_denied_requests_total{"))
        .contains("policy=\"ns[shop]-policy[only]-rule[0]\"", STOREFRONT);
    assertThat(line(telemetry, "istio_requests_total{"))
        .contains("reporter=\"destination\"", "source_workload_namespace=\"shop\"")
        .contains("source_principal=\"" + STOREFRONT + "\"")
        .contains("destination_service=\"catalog.shop.svc.cluster.local\"")
        .contains("source_cluster=\"unknown\"", "destination_cluster=\"unknown\"");
    assertThat(log.toString(StandardCharsets.UTF_8).lines())
        .singleElement()
        .asString()
        .contains(
            "\"GET /a\\x22\\x0a[forged] b HTTP/1.1\" 403 - "
                + "rbac_access_denied_matched_policy[ns[shop]-policy[only]-rule[0]]",
            "\"" + STOREFRONT + "\"",
            "10.0.0.9");
  }

  @Test
  void everyRequestIsLoggedIfAskedFor() {
    MeshTelemetry telemetry = logging(true);
    telemetry
        .inbound(inbound(Map.of("user-agent", "curl/8", "x-request-id", "r1")))
        .ended(200, ResponseFlag.NONE, null, null);
    telemetry.close();

    assertThat(log.toString(StandardCharsets.UTF_8))
        .contains("\"GET /items?page=2 HTTP/1.1\" 200 - via_upstream", "\"curl/8\" \"r1\"");
  }

  @Test
  void drainingWritesWhatWaitsAndGoesOn() {
    try (MeshTelemetry telemetry = logging(true)) {
      telemetry.inbound(inbound(Map.of())).ended(200, ResponseFlag.NONE, null, null);
      telemetry.drain();
      assertThat(log.toString(StandardCharsets.UTF_8).lines()).hasSize(1);

      telemetry.inbound(inbound(Map.of())).ended(200, ResponseFlag.NONE, null, null);
      await().until(() -> log.toString(StandardCharsets.UTF_8).lines().count() == 2);
    }
  }

  private MeshTelemetry logging(boolean everything) {
    OtelSettings settings = OtelSettings.read(name -> null, self, warnings::add);
    return new MeshTelemetry(
        self,
        () -> PRINCIPAL,
        settings,
        null,
        HeaderEdits.NONE,
        everything ? Reportings.LocalLog.EVERYTHING : Reportings.LocalLog.REFUSED,
        LogWriter.to(log),
        name -> null,
        warnings::add);
  }
}
