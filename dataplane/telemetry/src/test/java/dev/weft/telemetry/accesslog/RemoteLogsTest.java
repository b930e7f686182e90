package dev.weft.telemetry.accesslog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import dev.weft.engine.HeaderSource;
import dev.weft.engine.ResponseFlag;
import dev.weft.engine.ResponseFlags;
import dev.weft.engine.format.FormatString;
import dev.weft.engine.model.AccessLogPolicy;
import dev.weft.engine.model.AccessLogPolicy.Als;
import dev.weft.engine.model.AccessLogPolicy.Otlp;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What is sent to OTLP's LogsService and Envoy's Access Log Service, and how it is gathered. */
class RemoteLogsTest {

  private static final Duration LONG = Duration.ofMinutes(10);

  private final BlockingQueue<byte[]> requests = new LinkedBlockingQueue<>();
  private final List<String> warnings = new CopyOnWriteArrayList<>();
  private CompletionStage<?> answer = CompletableFuture.completedStage(null);

  private RemoteLogs logs(RemoteLogs.Batch batch) {
    return new RemoteLogs(
        (to, request, timeout) -> {
          requests.add(request);
          return answer;
        },
        batch,
        new RemoteLogs.Origin(Map.of("service.name", "catalog"), "sidecar~1", "catalog"),
        warnings::add);
  }

  private static RemoteLogs.Batch gathering(Duration delay, int queue, int size) {
    return new RemoteLogs.Batch(delay, queue, size, Duration.ofSeconds(5));
  }

  private static void log(RemoteLogs logs, AccessLogPolicy policy, String path) {
    AccessLogs.Builder builder =
        new AccessLogs.Builder(new LogWriter(problem -> {}), logs, name -> null);
    AccessLogs all = Objects.requireNonNull(builder.add(policy).build());
    LogEntry entry =
        new LogEntry(
            Objects.requireNonNull(builder.headers()),
            true,
            "GET",
            path,
            "catalog:8080",
            "HTTP/1.1",
            HeaderSource.NONE);
    entry.status = 200;
    entry.flags = ResponseFlags.NONE;
    entry.traceId = "0af7651916cd43dd8448eb211c80319c";
    entry.spanId = "b7ad6b7169203331";
    entry.ended();
    all.log(entry);
  }

  private static AccessLogPolicy policy(String body, Map<String, Object> attributes) {
    return new AccessLogPolicy(
        new Otlp("outbound|4317||otel", "otel", "my_log", FormatString.parse(body), attributes),
        null);
  }

  /** Envoy: the name is the resource's; body and attributes are formatted. */
  @Test
  void aRecordSaysWhatTheFormatSays() throws Exception {
    Map<String, Object> attributes = new LinkedHashMap<>();
    attributes.put("status", FormatString.parse("%RESPONSE_CODE%"));
    attributes.put("absent", FormatString.parse("%REQ(X-NONE)%"));
    attributes.put("nested", Map.of("flag", true));
    attributes.put("list", List.of(FormatString.parse("%PROTOCOL%")));
    try (RemoteLogs logs = logs(gathering(LONG, 10, 10))) {
      log(logs, policy("%REQ(:METHOD)% \"%REQ(:PATH)%\"", attributes), "/a\"b");
      logs.flush();
    }
    Map<Integer, List<Object>> resourceLogs = only(fields(requests.remove()), 1);
    List<Object> resource = Objects.requireNonNull(only(resourceLogs, 1).get(1));
    assertThat(resource)
        .extracting(pair -> pair(pair))
        .containsExactlyInAnyOrder("service.name=catalog", "log_name=my_log");
    Map<Integer, List<Object>> record = only(only(resourceLogs, 2), 2);
    assertThat(text(only(record, 5)))
        .as("not escaped: there is no line")
        .isEqualTo("GET \"/a\"b\"");
    assertThat(Objects.requireNonNull(record.get(6)))
        .extracting(pair -> pair(pair))
        .contains("status=200", "absent=-");
    assertThat(record).as("time, observed time").containsKeys(1, 11);
    assertThat(((ByteString) first(record, 9)).size()).as("trace_id").isEqualTo(16);
    assertThat(((ByteString) first(record, 10)).size()).as("span_id").isEqualTo(8);
  }

  /**
   * envoy/service/accesslog/v3/als.proto and envoy/data/accesslog/v3/accesslog.proto, by number.
   */
  @Test
  void envoysAccessLogServiceIsToldInItsTerms() throws Exception {
    AccessLogPolicy policy =
        new AccessLogPolicy(
            new Als(
                "outbound|9000||als",
                "als",
                "my_log",
                List.of("x-a", "x-none", ":authority", "x-request-id"),
                List.of("x-b"),
                List.of("x-c")),
            null);
    try (RemoteLogs logs = logs(gathering(LONG, 10, 10))) {
      AccessLogs.Builder builder =
          new AccessLogs.Builder(new LogWriter(problem -> {}), logs, name -> null);
      AccessLogs all = Objects.requireNonNull(builder.add(policy).build());
      LogEntry entry =
          new LogEntry(
              Objects.requireNonNull(builder.headers()),
              true,
              "PUT",
              "/a?b",
              "catalog:8080",
              "HTTP/1.1",
              Map.of("x-a", "1", "user-agent", "curl")::get);
      entry.responded(Map.of("x-b", "2")::get);
      entry.trailers(Map.of("x-c", "3")::get);
      entry.requestId = "id";
      entry.remote = new InetSocketAddress("10.0.0.9", 41204);
      entry.cluster = "inbound|8080||";
      entry.peer = "spiffe://td/ns/shop/sa/a";
      entry.flags = ResponseFlags.NONE.and(ResponseFlag.UPSTREAM_CONNECTION_TERMINATION);
      entry.status = 503;
      entry.details = "via_upstream";
      entry.attempts = 2;
      entry.transferred(7, 9);
      entry.ended();
      all.log(entry);
      logs.flush();
    }
    Map<Integer, List<Object>> message = fields(requests.remove());
    Map<Integer, List<Object>> identifier = only(message, 1);
    assertThat(string(only(identifier, 1), 1)).as("node.id").isEqualTo("sidecar~1");
    assertThat(string(identifier, 2)).as("log_name").isEqualTo("my_log");
    Map<Integer, List<Object>> entry = only(only(message, 2), 1);
    assertThat(first(entry, 2)).as("protocol_version: HTTP11").isEqualTo(2L);
    Map<Integer, List<Object>> common = only(entry, 1);
    Map<Integer, List<Object>> remote = only(only(common, 2), 1);
    assertThat(string(remote, 2)).as("downstream_remote_address").isEqualTo("10.0.0.9");
    assertThat(first(remote, 3)).as("port_value").isEqualTo(41204L);
    assertThat(string(only(only(only(common, 4), 5), 1), 1))
        .as("tls_properties.peer_certificate_properties.subject_alt_name.uri")
        .isEqualTo("spiffe://td/ns/shop/sa/a");
    assertThat(common).as("start_time, duration").containsKeys(5, 23);
    assertThat(string(common, 15)).as("upstream_cluster").isEqualTo("inbound|8080||");
    assertThat(only(common, 16)).as("upstream_connection_termination").containsOnlyKeys(7);
    assertThat(first(common, 24)).as("upstream_request_attempt_count").isEqualTo(2L);
    Map<Integer, List<Object>> request = only(entry, 3);
    assertThat(first(request, 1)).as("request_method: PUT").isEqualTo(4L);
    assertThat(string(request, 3)).as("authority").isEqualTo("catalog:8080");
    assertThat(string(request, 5)).as("path").isEqualTo("/a?b");
    assertThat(string(request, 6)).as("user_agent").isEqualTo("curl");
    assertThat(string(request, 9)).as("request_id").isEqualTo("id");
    assertThat(first(request, 12)).as("request_body_bytes").isEqualTo(7L);
    assertThat(Objects.requireNonNull(request.get(13)))
        .extracting(header -> string(nested(header), 1) + "=" + string(nested(header), 2))
        .as("request_headers, as they are sent on and %REQ()% has them")
        .containsExactly("x-a=1", ":authority=catalog:8080", "x-request-id=id");
    Map<Integer, List<Object>> response = only(entry, 4);
    assertThat(first(only(response, 1), 1)).as("response_code").isEqualTo(503L);
    assertThat(first(response, 3)).as("response_body_bytes").isEqualTo(9L);
    assertThat(string(only(response, 4), 2)).as("response_headers").isEqualTo("2");
    assertThat(string(only(response, 5), 2)).as("response_trailers").isEqualTo("3");
    assertThat(string(response, 6)).as("response_code_details").isEqualTo("via_upstream");
  }

  @Test
  void entriesAreSentTogether() throws Exception {
    try (RemoteLogs logs = logs(gathering(LONG, 10, 3))) {
      for (int i = 0; i < 3; i++) {
        log(logs, policy("%PROTOCOL%", Map.of()), "/");
      }
      byte[] request = Objects.requireNonNull(requests.poll(20, TimeUnit.SECONDS));
      Map<Integer, List<Object>> scope = only(only(fields(request), 1), 2);
      assertThat(scope.get(2)).as("a whole batch doesn't wait").hasSize(3);
    }
  }

  @Test
  void whatWaitsIsSentWhenTheJvmEnds() {
    RemoteLogs logs = logs(gathering(LONG, 10, 10));
    log(logs, policy("%PROTOCOL%", Map.of()), "/");
    logs.close();
    assertThat(requests).hasSize(1);
    assertThat(logs.lost()).isZero();
  }

  @Test
  void afterDrainingNothingWaits() throws Exception {
    try (RemoteLogs logs = logs(gathering(LONG, 10, 10))) {
      logs.drain();
      log(logs, policy("%PROTOCOL%", Map.of()), "/");
      assertThat(requests.poll(20, TimeUnit.SECONDS)).isNotNull();
    }
  }

  @Test
  void noRequestWaitsAndTheQueueIsBounded() {
    answer = new CompletableFuture<>();
    RemoteLogs logs = logs(gathering(Duration.ZERO, 2, 1));
    log(logs, policy("%PROTOCOL%", Map.of()), "/");
    await().until(() -> !requests.isEmpty());
    for (int i = 0; i < 5; i++) {
      log(logs, policy("%PROTOCOL%", Map.of()), "/");
    }
    assertThat(logs.lost()).as("two wait, while one is being sent").isEqualTo(3);
  }

  @Test
  void whatIsNotTakenIsLostAndSaidOnce() {
    answer = CompletableFuture.failedStage(new IOException("refused"));
    try (RemoteLogs logs = logs(gathering(Duration.ZERO, 10, 1))) {
      log(logs, policy("%PROTOCOL%", Map.of()), "/");
      log(logs, policy("%PROTOCOL%", Map.of()), "/");
      logs.flush();
      assertThat(logs.lost()).isEqualTo(2);
      assertThat(warnings)
          .containsExactly("access logs are not taken by outbound|4317||otel: refused");
    }
  }

  /** By number; what has a length as bytes. */
  private static Map<Integer, List<Object>> fields(byte[] message) throws IOException {
    Map<Integer, List<Object>> fields = new HashMap<>();
    CodedInputStream in = CodedInputStream.newInstance(message);
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      Object value =
          switch (WireFormat.getTagWireType(tag)) {
            case WireFormat.WIRETYPE_LENGTH_DELIMITED -> in.readBytes();
            case WireFormat.WIRETYPE_FIXED64 -> in.readFixed64();
            default -> in.readRawVarint64();
          };
      fields.computeIfAbsent(WireFormat.getTagFieldNumber(tag), n -> new ArrayList<>()).add(value);
    }
    return fields;
  }

  private static String string(Map<Integer, List<Object>> message, int field) {
    return ((ByteString) first(message, field)).toStringUtf8();
  }

  private static Object first(Map<Integer, List<Object>> message, int field) {
    return Objects.requireNonNull(message.get(field)).get(0);
  }

  private static Map<Integer, List<Object>> only(Map<Integer, List<Object>> message, int field) {
    assertThat(message.get(field)).hasSize(1);
    return nested(first(message, field));
  }

  private static Map<Integer, List<Object>> nested(Object bytes) {
    try {
      return fields(((ByteString) bytes).toByteArray());
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static @Nullable String text(Map<Integer, List<Object>> any) {
    return any.containsKey(1) ? ((ByteString) first(any, 1)).toStringUtf8() : null;
  }

  private static String pair(Object keyValue) {
    Map<Integer, List<Object>> pair = nested(keyValue);
    return ((ByteString) first(pair, 1)).toStringUtf8() + "=" + text(only(pair, 2));
  }
}
