package dev.weft.telemetry.accesslog;

import static dev.weft.telemetry.accesslog.ProtoWriter.message;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import dev.weft.engine.format.FormatString;
import dev.weft.engine.model.AccessLogPolicy;
import java.io.IOException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Entries as OTLP's LogRecord (opentelemetry/proto/logs/v1/logs.proto), written field by field: the
 * agent has none of its classes.
 */
final class OtlpRecord {

  private static final int TIME = 1;
  private static final int OBSERVED_TIME = 11;
  private static final int BODY = 5;
  private static final int ATTRIBUTES = 6;
  private static final int TRACE_ID = 9;
  private static final int SPAN_ID = 10;

  private final @Nullable Content body;
  private final List<Map.Entry<String, Content>> attributes;

  /** Writes an AnyValue. */
  @FunctionalInterface
  private interface Content {
    void write(CodedOutputStream any, LogEntry entry) throws IOException;
  }

  OtlpRecord(AccessLogPolicy.Otlp log, Values values) {
    FormatString text = log.body();
    body = text == null ? null : content(text, values);
    attributes = contents(log.attributes(), values);
  }

  private static List<Map.Entry<String, Content>> contents(Map<?, ?> fields, Values values) {
    return fields.entrySet().stream()
        .map(field -> Map.entry("" + field.getKey(), content(field.getValue(), values)))
        .toList();
  }

  private static Content content(Object value, Values values) {
    if (value instanceof FormatString format) {
      LineFormat text = LineFormat.unescaped(format, "-", values);
      return (any, entry) -> {
        StringBuilder made = new StringBuilder();
        text.append(made, entry);
        any.writeString(1, made.toString());
      };
    } else if (value instanceof Boolean bool) {
      return (any, entry) -> any.writeBool(2, bool);
    } else if (value instanceof Double number) {
      return (any, entry) -> any.writeDouble(4, number);
    } else if (value instanceof List<?> items) {
      List<Content> contents = items.stream().map(item -> content(item, values)).toList();
      return (any, entry) ->
          any.writeBytes(
              5,
              message(
                  list -> {
                    for (Content item : contents) {
                      list.writeBytes(1, message(one -> item.write(one, entry)));
                    }
                  }));
    }
    List<Map.Entry<String, Content>> nested = contents((Map<?, ?>) value, values);
    return (any, entry) -> any.writeBytes(6, message(list -> write(list, 1, nested, entry)));
  }

  /** KeyValues. */
  private static void write(
      CodedOutputStream out, int field, List<Map.Entry<String, Content>> pairs, LogEntry entry)
      throws IOException {
    for (Map.Entry<String, Content> pair : pairs) {
      out.writeBytes(
          field,
          message(
              keyValue -> {
                keyValue.writeString(1, pair.getKey());
                keyValue.writeBytes(2, message(any -> pair.getValue().write(any, entry)));
              }));
    }
  }

  ByteString encode(LogEntry entry) {
    return message(
        out -> {
          out.writeFixed64(TIME, TimeUnit.MILLISECONDS.toNanos(entry.startMillis));
          out.writeFixed64(
              OBSERVED_TIME,
              TimeUnit.MILLISECONDS.toNanos(entry.startMillis) + entry.durationNanos());
          if (body != null) {
            out.writeBytes(BODY, message(any -> body.write(any, entry)));
          }
          write(out, ATTRIBUTES, attributes, entry);
          id(out, TRACE_ID, entry.traceId);
          id(out, SPAN_ID, entry.spanId);
        });
  }

  /**
   * ExportLogsServiceRequest, with one ResourceLogs of one ScopeLogs. The log's name is told as
   * Envoy's built-in label.
   */
  static ByteString request(
      Map<String, String> resource, AccessLogPolicy.Otlp log, List<ByteString> records) {
    ByteString scope =
        message(
            out -> {
              for (ByteString record : records) {
                out.writeBytes(2, record);
              }
            });
    ByteString resourceLogs =
        message(
            out -> {
              out.writeBytes(1, resource(resource, log.logName()));
              out.writeBytes(2, scope);
            });
    return message(out -> out.writeBytes(1, resourceLogs));
  }

  private static ByteString resource(Map<String, String> resource, String logName) {
    Map<String, String> attributes = new LinkedHashMap<>(resource);
    attributes.put("log_name", logName);
    return message(
        out -> {
          for (Map.Entry<String, String> attribute : attributes.entrySet()) {
            out.writeBytes(
                1,
                message(
                    pair -> {
                      pair.writeString(1, attribute.getKey());
                      pair.writeBytes(2, message(any -> any.writeString(1, attribute.getValue())));
                    }));
          }
        });
  }

  private static void id(CodedOutputStream out, int field, @Nullable String hex)
      throws IOException {
    if (hex != null) {
      out.writeByteArray(field, HexFormat.of().parseHex(hex));
    }
  }
}
