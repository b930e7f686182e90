package dev.weft.telemetry;

import dev.weft.telemetry.accesslog.Escapes;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.SpanId;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Spans as Zipkin has them in JSON, version 2 (zipkin2-api.yaml), an attribute as a tag. The agent
 * has none of Zipkin's classes.
 */
final class ZipkinJson {

  private static final AttributeKey<String> SERVICE = AttributeKey.stringKey("service.name");

  /** An IP address, and not a host's name. */
  private static final Pattern LITERAL = Pattern.compile("[0-9.]+|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*");

  private final StringBuilder json = new StringBuilder(1024);

  private ZipkinJson() {}

  static byte[] encode(List<SpanData> spans) {
    ZipkinJson all = new ZipkinJson();
    String separator = "[";
    for (SpanData span : spans) {
      all.json.append(separator);
      all.span(span);
      separator = ",";
    }
    return all.json.append(']').toString().getBytes(StandardCharsets.UTF_8);
  }

  private void span(SpanData span) {
    json.append("{\"traceId\":\"").append(TraceHeaders.b3Id(span.getTraceId()));
    json.append("\",\"id\":\"").append(span.getSpanId());
    if (SpanId.isValid(span.getParentSpanId())) {
      json.append("\",\"parentId\":\"").append(span.getParentSpanId());
    }
    json.append("\",\"kind\":\"").append(span.getKind().name());
    json.append("\",\"timestamp\":").append(micros(span.getStartEpochNanos()));
    // Zero would be none.
    long duration = span.getEndEpochNanos() - span.getStartEpochNanos();
    json.append(",\"duration\":").append(Math.max(1, micros(duration)));
    field("name", span.getName());
    json.append(",\"localEndpoint\":{");
    text("serviceName", String.valueOf(span.getResource().getAttribute(SERVICE)));
    json.append('}');
    remote(
        span.getAttributes().get(SpanFacts.PEER_ADDRESS),
        span.getAttributes().get(SpanFacts.PEER_PORT));
    tags(span);
    json.append('}');
  }

  private static long micros(long nanos) {
    return TimeUnit.NANOSECONDS.toMicros(nanos);
  }

  private void remote(@Nullable String address, @Nullable Long port) {
    if (address != null && LITERAL.matcher(address).matches()) {
      json.append(",\"remoteEndpoint\":{");
      text(address.indexOf(':') < 0 ? "ipv4" : "ipv6", address);
      if (port != null) {
        json.append(",\"port\":").append(port.longValue());
      }
      json.append('}');
    }
  }

  private void tags(SpanData span) {
    json.append(",\"tags\":{");
    int empty = json.length();
    span.getAttributes()
        .forEach(
            (key, value) -> {
              comma(empty);
              text(key.getKey(), String.valueOf(value));
            });
    // Whatever it says, it marks the span as failed.
    if (span.getStatus().getStatusCode() == StatusCode.ERROR) {
      comma(empty);
      text("error", "true");
    }
    json.append('}');
  }

  private void comma(int empty) {
    if (json.length() > empty) {
      json.append(',');
    }
  }

  private void field(String name, String value) {
    json.append(',');
    text(name, value);
  }

  private void text(String name, String value) {
    Escapes.json(json, name).append(':');
    Escapes.json(json, value);
  }
}
