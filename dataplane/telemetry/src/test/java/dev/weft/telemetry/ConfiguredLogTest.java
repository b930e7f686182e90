package dev.weft.telemetry;

import static dev.weft.telemetry.Requests.CATALOG_V1;
import static dev.weft.telemetry.Requests.CLUSTER;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.engine.Deadline;
import dev.weft.engine.HeaderEdits;
import dev.weft.engine.HeaderSource;
import dev.weft.engine.RequestContext;
import dev.weft.engine.ResponseFlag;
import dev.weft.engine.TraceContext;
import dev.weft.engine.expression.Expression;
import dev.weft.engine.format.FormatString;
import dev.weft.engine.format.Operators;
import dev.weft.engine.inbound.InboundRequest;
import dev.weft.engine.model.AccessLogPolicy;
import dev.weft.engine.model.TelemetryPolicy;
import dev.weft.engine.spi.Telemetry.AttemptObservation;
import dev.weft.engine.spi.Telemetry.InboundObservation;
import dev.weft.engine.spi.Telemetry.OutboundObservation;
import dev.weft.telemetry.Reportings.LocalLog;
import dev.weft.telemetry.accesslog.LogWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Access logs as the mesh configures them; formats by Envoy's access log documentation. */
class ConfiguredLogTest extends TelemetryTest {

  /** Istio's pilot/pkg/model/telemetry_logging.go EnvoyTextLogFormat. */
  private static final String ISTIO =
      "[%START_TIME%] \"%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%\""
          + " %RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS%"
          + " %CONNECTION_TERMINATION_DETAILS% \"%UPSTREAM_TRANSPORT_FAILURE_REASON%\""
          + " %BYTES_RECEIVED% %BYTES_SENT% %DURATION% %RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)%"
          + " \"%REQ(X-FORWARDED-FOR)%\" \"%REQ(USER-AGENT)%\" \"%REQ(X-REQUEST-ID)%\""
          + " \"%REQ(:AUTHORITY)%\" \"%UPSTREAM_HOST%\" %UPSTREAM_CLUSTER_RAW%"
          + " %UPSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_REMOTE_ADDRESS%"
          + " %REQUESTED_SERVER_NAME% %ROUTE_NAME%\n";

  private final ByteArrayOutputStream log = new ByteArrayOutputStream();

  private MeshTelemetry telemetry(LocalLog localLog) {
    return new MeshTelemetry(
        self,
        () -> PRINCIPAL,
        OtelSettings.read(name -> null, self, warnings::add),
        null,
        HeaderEdits.NONE,
        localLog,
        LogWriter.to(log),
        Map.of("POD", "catalog-1", "HOSTNAME", "node-7")::get,
        warnings::add);
  }

  private static AccessLogPolicy text(String format, @Nullable String filter) {
    return new AccessLogPolicy(
        "/dev/stdout",
        new AccessLogPolicy.Text(FormatString.parse(format), false),
        filter == null ? null : Expression.parse(filter));
  }

  private static TelemetryPolicy.Both both(AccessLogPolicy... logs) {
    TelemetryPolicy policy = new TelemetryPolicy(List.of(logs), null, List.of());
    return new TelemetryPolicy.Both(policy, policy);
  }

  private String written() {
    return log.toString(StandardCharsets.UTF_8);
  }

  private static HeaderSource headers(Map<String, String> headers) {
    return headers::get;
  }

  @Test
  void istiosFormatOfAnInboundRequest() {
    try (MeshTelemetry telemetry = telemetry(LocalLog.REFUSED)) {
      telemetry.update(both(text(ISTIO, null)));
      InboundObservation request =
          telemetry.inbound(
              inbound(Map.of("user-agent", "curl/8", "x-request-id", "r1", "content-length", "9")));
      request.responded(200, headers(Map.of("content-length", "24")));
      request.ended(200, ResponseFlag.NONE, null, null);
    }
    assertThat(written())
        .matches(
            "\\[20\\d\\d-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z] \"GET /items\\?page=2"
                + " HTTP/1.1\" 200 - via_upstream - \"-\" 9 24 \\d+ \\d+ \"-\" \"curl/8\" \"r1\""
                + " \"catalog:8080\" \"10.0.0.7:8080\" inbound\\|8080\\|\\| - 10.0.0.7:8080"
                + " 10.0.0.9:41204 - default\n");
  }

  @Test
  void istiosFormatOfACallThatFailed() {
    try (MeshTelemetry telemetry = telemetry(LocalLog.NONE)) {
      telemetry.update(both(text(ISTIO, null)));
      OutboundObservation call = telemetry.outbound(new Requests.Outbound(Map.of()), null);
      AttemptObservation attempt = call.attempt(2, "items", CLUSTER, CATALOG_V1, true);
      attempt.ended(
          new IOException("Connection \"refused\""), ResponseFlag.UPSTREAM_CONNECTION_FAILURE);
      call.flagged(ResponseFlag.UPSTREAM_RETRY_LIMIT_EXCEEDED);
      call.ended(
          0, ResponseFlag.UPSTREAM_CONNECTION_FAILURE, "items", CLUSTER, CATALOG_V1, false, null);
    }
    assertThat(written())
        .matches(
            "\\[.*] \"GET /items\\?page=2 -\" 503 UF,URX"
                + " upstream_reset_before_response_started\\{remote_connection_failure} -"
                + " \"Connection \\\\x22refused\\\\x22\" 0 - \\d+ - \"-\" \"-\" \"[0-9a-f-]{36}\""
                + " \"catalog:8080\" \"10.0.0.7:8080\""
                + " outbound\\|8080\\|v1\\|catalog.shop.svc.cluster.local - - - - items\n");
  }

  /**
   * StreamInfo::ResponseCodeDetails: ResponseTimeout is the route's, UpstreamPerTryTimeout a try's.
   */
  @ParameterizedTest
  @CsvSource({"route timeout, response_timeout", "per-try timeout, upstream_per_try_timeout"})
  void whichTimeoutItWasIsTold(String failure, String details) {
    try (MeshTelemetry telemetry = telemetry(LocalLog.NONE)) {
      telemetry.update(both(text("%RESPONSE_CODE_DETAILS%\n", null)));
      OutboundObservation call = telemetry.outbound(new Requests.Outbound(Map.of()), null);
      AttemptObservation attempt = call.attempt(1, "items", CLUSTER, CATALOG_V1, true);
      attempt.ended(new IOException(failure), ResponseFlag.UPSTREAM_REQUEST_TIMEOUT);
      call.ended(
          504, ResponseFlag.UPSTREAM_REQUEST_TIMEOUT, "items", CLUSTER, CATALOG_V1, false, null);
    }
    assertThat(written()).isEqualTo(details + "\n");
  }

  /** Envoy's omit_empty_values, of a text. */
  @Test
  void whatHasNoValueMayBeLeftOut() {
    try (MeshTelemetry telemetry = telemetry(LocalLog.NONE)) {
      telemetry.update(
          both(
              new AccessLogPolicy(
                  "/dev/stdout",
                  new AccessLogPolicy.Text(
                      FormatString.parse("[%REQ(X-NONE)%] %PROTOCOL%\n"), true),
                  null)));
      telemetry.inbound(inbound(Map.of())).ended(200, ResponseFlag.NONE, null, null);
    }
    assertThat(written()).isEqualTo("[] HTTP/1.1\n");
  }

  /** Flags, several as Envoy joins them, are on the metrics too. */
  @Test
  void metricsHaveAllFlags() {
    try (MeshTelemetry telemetry = telemetry(LocalLog.NONE)) {
      OutboundObservation call = telemetry.outbound(new Requests.Outbound(Map.of()), null);
      call.flagged(ResponseFlag.DELAY_INJECTED);
      call.ended(404, ResponseFlag.NO_ROUTE, null, null, null, false, null);
      assertThat(line(telemetry, "istio_requests_total{")).contains("response_flags=\"NR,DI\"");
    }
  }

  /** Envoy: a value that is one operator keeps its type, and is null if there is none. */
  @Test
  void jsonIsTyped() {
    AccessLogPolicy json =
        new AccessLogPolicy(
            "/dev/stdout",
            new AccessLogPolicy.Json(
                Map.of(
                    "status", FormatString.parse("%RESPONSE_CODE%"),
                    "line", FormatString.parse("%REQ(:METHOD)% \"%RESP(X-A)%\""),
                    "route", FormatString.parse("%ROUTE_NAME%"),
                    "sni", FormatString.parse("%REQUESTED_SERVER_NAME%"),
                    "nested", Map.of("version", 2.0, "list", List.of(true, 1.5))),
                false),
            null);
    try (MeshTelemetry telemetry = telemetry(LocalLog.NONE)) {
      telemetry.update(both(json));
      telemetry.inbound(inbound(Map.of())).ended(200, ResponseFlag.NONE, null, null);
    }
    assertThat(written())
        .isEqualTo(
            "{\"line\":\"GET \\\"-\\\"\",\"nested\":{\"list\":[true,1.5],\"version\":2},"
                + "\"route\":\"default\",\"sni\":null,\"status\":200}\n");
  }

  @Test
  void jsonLeavesOutWhatIsEmptyIfAskedTo() {
    AccessLogPolicy json =
        new AccessLogPolicy(
            "/dev/stdout",
            new AccessLogPolicy.Json(
                Map.of(
                    "a", FormatString.parse("%REQUESTED_SERVER_NAME%"),
                    "b", FormatString.parse("%RESPONSE_CODE%"),
                    "c", FormatString.parse("<%REQUESTED_SERVER_NAME%>")),
                true),
            null);
    try (MeshTelemetry telemetry = telemetry(LocalLog.NONE)) {
      telemetry.update(both(json));
      telemetry.inbound(inbound(Map.of())).ended(200, ResponseFlag.NONE, null, null);
    }
    assertThat(written()).isEqualTo("{\"b\":200,\"c\":\"<>\"}\n");
  }

  @Test
  void aFilterChooses() {
    try (MeshTelemetry telemetry = telemetry(LocalLog.NONE)) {
      telemetry.update(
          both(
              text(
                  "%RESPONSE_CODE%\n",
                  "response.code >= 400 || request.headers['x-debug'] == 'on'")));
      telemetry.inbound(inbound(Map.of())).ended(200, ResponseFlag.NONE, null, null);
      telemetry.inbound(inbound(Map.of())).ended(404, ResponseFlag.NONE, null, null);
      telemetry.inbound(inbound(Map.of("x-debug", "on"))).ended(201, ResponseFlag.NONE, null, null);
    }
    assertThat(written()).isEqualTo("404\n201\n");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "%REQ(X-NONE?:PATH):4%|/ite",
        "%PATH(NQ)%|/items",
        "%QUERY_PARAM(page)%|2",
        "%REQ_WITHOUT_QUERY(:PATH)%|/items",
        "%ENVIRONMENT(POD)%|catalog-1",
        "%ENVIRONMENT(NONE)%|-",
        "%HOSTNAME%|node-7",
        "%RESPONSE_FLAGS_LONG%|UnauthorizedExternalService",
        "%RESPONSE_CODE_DETAILS%|ext_authz_denied",
        "%DOWNSTREAM_PEER_URI_SAN%|spiffe://cluster.local/ns/shop/sa/storefront",
        "%DOWNSTREAM_LOCAL_URI_SAN%|spiffe://other.example/ns/shop/sa/catalog",
        "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%|10.0.0.9",
        "%DOWNSTREAM_LOCAL_PORT%|8080",
        "%RESP(:STATUS)%|403",
        "%UPSTREAM_REQUEST_ATTEMPT_COUNT%|1",
        "%DOWNSTREAM_TLS_VERSION%|-",
        "100%%|100%"
      })
  void operators(String format, String expected) {
    try (MeshTelemetry telemetry = telemetry(LocalLog.NONE)) {
      telemetry.update(both(text(format, null)));
      telemetry
          .inbound(inbound(Map.of()))
          .ended(403, ResponseFlag.UNAUTHORIZED_EXTERNAL_SERVICE, null, null);
    }
    assertThat(written()).isEqualTo(expected);
  }

  /** An operator that is said to be honoured, but was forgotten, would show "-" everywhere. */
  @Test
  void everyHonouredOperatorHasAValueSomewhere() {
    InboundRequest request =
        inbound(
            Map.of(
                "content-length",
                "1",
                "traceparent",
                "00-" + "a".repeat(32) + "-" + "b".repeat(16) + "-01"));
    for (String operator : Operators.honoured()) {
      if (List.of("CONNECTION_TERMINATION_DETAILS", "REQUESTED_SERVER_NAME", "SPAN_ID", "STREAM_ID")
          .contains(operator)) {
        continue;
      }
      String argument =
          switch (operator) {
            case "REQ", "REQ_WITHOUT_QUERY" -> "(:path)";
            case "RESP" -> "(content-length)";
            case "TRAILER" -> "(grpc-status)";
            case "QUERY_PARAM" -> "(page)";
            case "ENVIRONMENT" -> "(POD)";
            default -> "";
          };
      ByteArrayOutputStream both = new ByteArrayOutputStream();
      log.reset();
      try (MeshTelemetry telemetry = telemetry(LocalLog.NONE)) {
        telemetry.update(both(text("%" + operator + argument + "%\n", null)));
        InboundObservation in = telemetry.inbound(request);
        in.responded(200, headers(Map.of("content-length", "24")));
        in.ended(200, ResponseFlag.NONE, null, null);
        OutboundObservation call =
            telemetry.outbound(
                new Requests.Outbound(Map.of("content-type", "application/grpc")),
                new RequestContext(
                    new TraceContext("a".repeat(32), "b".repeat(16), true, ""), Deadline.NONE));
        AttemptObservation attempt = call.attempt(1, "items", CLUSTER, CATALOG_V1, true);
        attempt.responded(200, headers(Map.of("content-length", "24")));
        attempt.trailers(headers(Map.of("grpc-status", "5")));
        attempt.ended(new IOException("reset"), ResponseFlag.UPSTREAM_CONNECTION_FAILURE);
        call.ended(
            200,
            ResponseFlag.UPSTREAM_CONNECTION_FAILURE,
            "items",
            CLUSTER,
            CATALOG_V1,
            true,
            CATALOG);
      }
      both.writeBytes(log.toByteArray());
      assertThat(both.toString(StandardCharsets.UTF_8).lines())
          .as(operator)
          .anyMatch(line -> !line.equals("-"));
    }
  }

  @Test
  void aConfiguredLogTakesThePlaceOfTheOneOfRefusals() {
    try (MeshTelemetry telemetry = telemetry(LocalLog.REFUSED)) {
      telemetry.update(both(text("%RESPONSE_CODE%\n", null)));
      telemetry.inbound(inbound(Map.of())).ended(403, ResponseFlag.NONE, "p", null);
      telemetry.update(TelemetryPolicy.Both.NONE);
      telemetry.inbound(inbound(Map.of())).ended(403, ResponseFlag.NONE, "p", null);
    }
    assertThat(written().lines())
        .satisfiesExactly(
            line -> assertThat(line).isEqualTo("403"),
            line -> assertThat(line).contains("rbac_access_denied_matched_policy[p]"));
  }

  @Test
  void aLogThatCannotBeWrittenIsToldOfOnceAndItsLinesCounted(@TempDir Path directory) {
    TelemetryPolicy.Both nowhere =
        both(
            new AccessLogPolicy(
                directory.resolve("none/access.log").toString(),
                new AccessLogPolicy.Text(FormatString.parse("a\n"), false),
                null),
            new AccessLogPolicy(
                "\0", new AccessLogPolicy.Text(FormatString.parse("a\n"), false), null));
    LogWriter writer = new LogWriter(warnings::add);
    try (MeshTelemetry telemetry =
        new MeshTelemetry(
            self,
            () -> PRINCIPAL,
            OtelSettings.read(name -> null, self, warnings::add),
            null,
            HeaderEdits.NONE,
            LocalLog.NONE,
            writer,
            name -> null,
            warnings::add)) {
      telemetry.update(nowhere);
      telemetry.inbound(inbound(Map.of())).ended(200, ResponseFlag.NONE, null, null);
      telemetry.inbound(inbound(Map.of())).ended(200, ResponseFlag.NONE, null, null);
    }
    assertThat(writer.lost()).isEqualTo(4);
    assertThat(warnings).hasSize(2).allMatch(warning -> warning.contains("can't be written"));
  }

  /** Log rotation: what was moved away is made anew. */
  @Test
  void aFileThatWasMovedIsMadeAnew(@TempDir Path directory) throws Exception {
    Path file = directory.resolve("access.log");
    AccessLogPolicy policy =
        new AccessLogPolicy(
            file.toString(),
            new AccessLogPolicy.Text(FormatString.parse("%RESPONSE_CODE%\n"), false),
            null);
    try (LogWriter writer = new LogWriter(warnings::add);
        MeshTelemetry telemetry =
            new MeshTelemetry(
                self,
                () -> PRINCIPAL,
                OtelSettings.read(name -> null, self, warnings::add),
                null,
                HeaderEdits.NONE,
                LocalLog.NONE,
                writer,
                name -> null,
                warnings::add)) {
      telemetry.update(both(policy));
      telemetry.inbound(inbound(Map.of())).ended(200, ResponseFlag.NONE, null, null);
      telemetry.drain();
      java.nio.file.Files.move(file, directory.resolve("access.log.1"));
      org.awaitility.Awaitility.await()
          .untilAsserted(
              () -> {
                telemetry.inbound(inbound(Map.of())).ended(201, ResponseFlag.NONE, null, null);
                telemetry.drain();
                assertThat(file).exists();
                assertThat(java.nio.file.Files.readString(file)).contains("201\n");
              });
      assertThat(directory.resolve("access.log.1")).content().startsWith("200\n");
    }
  }
}
