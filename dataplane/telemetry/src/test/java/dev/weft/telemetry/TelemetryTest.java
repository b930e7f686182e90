package dev.weft.telemetry;

import static dev.weft.telemetry.Requests.STOREFRONT;

import dev.weft.engine.format.FormatString;
import dev.weft.engine.model.AccessLogPolicy;
import dev.weft.engine.model.TelemetryPolicy;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The telemetry of the workload catalog, and what a scrape of it shows. */
abstract class TelemetryTest {

  static final String PRINCIPAL = "spiffe://other.example/ns/shop/sa/catalog";
  static final String CATALOG = "spiffe://cluster.local/ns/shop/sa/catalog";

  /** Requests that come in, to a service of the mesh's. */
  static final TelemetryPolicy.Both LOGGED_BY_OTLP =
      new TelemetryPolicy.Both(
          new TelemetryPolicy(
              List.of(
                  new AccessLogPolicy(
                      new AccessLogPolicy.Otlp(
                          "outbound|4317||otel",
                          "otel",
                          "log",
                          FormatString.parse("%REQ(:PATH)% was asked for"),
                          Map.of()),
                      null)),
              null,
              List.of()),
          TelemetryPolicy.NONE);

  final WorkloadFacts self =
      new WorkloadFacts(
          "catalog",
          "shop",
          "catalog-v1",
          "catalog-v1-7f9c",
          "sidecar~10.0.0.7~catalog-v1-7f9c.shop~shop.svc.cluster.local",
          Map.of("app", "catalog", "version", "v1"));
  final List<String> warnings = new ArrayList<>();

  /** With no settings at all. */
  MeshTelemetry plain() {
    return set(Map.of());
  }

  MeshTelemetry set(Map<String, String> environment) {
    return MeshTelemetry.create(
        self, () -> PRINCIPAL, new HashMap<>(environment)::get, warnings::add);
  }

  static Requests.Inbound inbound(Map<String, String> headers) {
    return new Requests.Inbound("/items?page=2", STOREFRONT, headers);
  }

  static String line(MeshTelemetry telemetry, String start) {
    return lines(telemetry, start).findFirst().orElseThrow();
  }

  static Stream<String> lines(MeshTelemetry telemetry, String start) {
    ByteArrayOutputStream page = new ByteArrayOutputStream();
    try {
      telemetry.scrape(page);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return page.toString(StandardCharsets.UTF_8).lines().filter(line -> line.startsWith(start));
  }
}
