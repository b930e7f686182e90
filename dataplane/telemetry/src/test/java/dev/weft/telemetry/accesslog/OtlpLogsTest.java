package dev.weft.telemetry.accesslog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import dev.weft.engine.HeaderSource;
import dev.weft.engine.ResponseFlags;
import dev.weft.engine.format.FormatString;
import dev.weft.engine.model.AccessLogPolicy;
import dev.weft.engine.model.AccessLogPolicy.Otlp;
import java.io.IOException;
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

/** opentelemetry/proto/collector/logs/v1/logs_service.proto, and how entries are gathered. */
class OtlpLogsTest {

  private static final Duration LONG = Duration.ofMinutes(10);

  private final BlockingQueue<byte[]> requests = new LinkedBlockingQueue<>();
  private final List<String> warnings = new CopyOnWriteArrayList<>();
  private CompletionStage<?> answer = CompletableFuture.completedStage(null);

  private OtlpLogs logs(OtlpLogs.Batch batch) {
    return new OtlpLogs(
        (to, request, timeout) -> {
          requests.add(request);
          return answer;
        },
        batch,
        Map.of("service.name", "catalog"),
        warnings::add);
  }

  private static OtlpLogs.Batch gathering(Duration delay, int queue, int size) {
    return new OtlpLogs.Batch(delay, queue, size, Duration.ofSeconds(5));
  }

  private static void log(OtlpLogs logs, AccessLogPolicy policy, String path) {
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
    try (OtlpLogs logs = logs(gathering(LONG, 10, 10))) {
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

  @Test
  void entriesAreSentTogether() throws Exception {
    try (OtlpLogs logs = logs(gathering(LONG, 10, 3))) {
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
    OtlpLogs logs = logs(gathering(LONG, 10, 10));
    log(logs, policy("%PROTOCOL%", Map.of()), "/");
    logs.close();
    assertThat(requests).hasSize(1);
    assertThat(logs.lost()).isZero();
  }

  @Test
  void afterDrainingNothingWaits() throws Exception {
    try (OtlpLogs logs = logs(gathering(LONG, 10, 10))) {
      logs.drain();
      log(logs, policy("%PROTOCOL%", Map.of()), "/");
      assertThat(requests.poll(20, TimeUnit.SECONDS)).isNotNull();
    }
  }

  @Test
  void noRequestWaitsAndTheQueueIsBounded() {
    answer = new CompletableFuture<>();
    OtlpLogs logs = logs(gathering(Duration.ZERO, 2, 1));
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
    try (OtlpLogs logs = logs(gathering(Duration.ZERO, 10, 1))) {
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
