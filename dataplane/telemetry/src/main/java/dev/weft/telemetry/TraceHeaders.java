package dev.weft.telemetry;

import dev.weft.engine.Header;
import dev.weft.engine.HeaderSource;
import dev.weft.engine.TraceContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Trace context in headers: W3C Trace Context, and Zipkin's B3 in one header or in several. Read in
 * this order; written in as many formats as are asked for.
 */
final class TraceHeaders {

  private static final int TRACEPARENT_LENGTH = 55;
  private static final String ZERO_TRACE = "0".repeat(32);
  private static final String ZERO_SPAN = "0".repeat(16);

  private TraceHeaders() {}

  /** How a context is spelled. */
  enum Format {
    W3C("traceparent"),
    B3("b3"),
    B3_MULTI("x-b3-traceid");

    private final String mark;

    Format(String mark) {
      this.mark = mark;
    }

    boolean in(HeaderSource headers) {
      return headers.header(mark) != null;
    }
  }

  /** The context that the headers carry; null if there is none, or none that can be read. */
  static @Nullable TraceContext read(HeaderSource headers) {
    String traceparent = headers.header("traceparent");
    TraceContext found = traceparent == null ? null : w3c(traceparent, headers);
    if (found != null) {
      return found;
    }
    String single = headers.header("b3");
    found = single == null ? null : b3(single);
    if (found != null) {
      return found;
    }
    String traceId = headers.header("x-b3-traceid");
    String spanId = traceId == null ? null : headers.header("x-b3-spanid");
    if (traceId == null || spanId == null) {
      return null;
    }
    String sampled = headers.header("x-b3-sampled");
    boolean recorded =
        "1".equals(sampled) || "true".equals(sampled) || "1".equals(headers.header("x-b3-flags"));
    return context(traceId, spanId, recorded, "");
  }

  private static @Nullable TraceContext w3c(String text, HeaderSource headers) {
    String value = text.trim();
    if (value.length() < TRACEPARENT_LENGTH
        || value.charAt(2) != '-'
        || value.charAt(35) != '-'
        || value.charAt(52) != '-'
        || value.startsWith("ff")
        || (value.startsWith("00") && value.length() != TRACEPARENT_LENGTH)) {
      return null;
    }
    int flags = Character.digit(value.charAt(54), 16);
    String state = headers.header("tracestate");
    return flags < 0
        ? null
        : context(
            value.substring(3, 35),
            value.substring(36, 52),
            (flags & 1) == 1,
            state == null ? "" : state);
  }

  /** {@code TRACE-SPAN-SAMPLED-PARENT}, the last two optional. */
  private static @Nullable TraceContext b3(String text) {
    int first = text.indexOf('-');
    if (first < 0) {
      return null;
    }
    int second = text.indexOf('-', first + 1);
    String spanId = second < 0 ? text.substring(first + 1) : text.substring(first + 1, second);
    char sampled = second < 0 || second + 1 == text.length() ? '0' : text.charAt(second + 1);
    return context(text.substring(0, first), spanId, sampled == '1' || sampled == 'd', "");
  }

  private static @Nullable TraceContext context(
      String traceId, String spanId, boolean sampled, String state) {
    String trace = traceId.length() == 16 ? ZERO_SPAN + traceId : traceId;
    if (trace.length() != 32
        || spanId.length() != 16
        || !isHex(trace)
        || !isHex(spanId)
        || trace.equals(ZERO_TRACE)
        || spanId.equals(ZERO_SPAN)) {
      return null;
    }
    return new TraceContext(
        trace.toLowerCase(Locale.ROOT), spanId.toLowerCase(Locale.ROOT), sampled, state);
  }

  private static boolean isHex(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (Character.digit(text.charAt(i), 16) < 0) {
        return false;
      }
    }
    return true;
  }

  /** A trace's ID as Zipkin has it: of 64 bits if the others are zeros. */
  static String b3Id(String traceId) {
    return traceId.startsWith(ZERO_SPAN) ? traceId.substring(16) : traceId;
  }

  /** The headers that say this context, to be set; a list that may be added to. */
  static List<Header> write(TraceContext context, Set<Format> formats) {
    List<Header> headers = new ArrayList<>(4);
    for (Format format : formats) {
      switch (format) {
        case W3C -> {
          headers.add(new Header("traceparent", context.traceparent()));
          if (!context.state().isEmpty()) {
            headers.add(new Header("tracestate", context.state()));
          }
        }
        case B3 ->
            headers.add(
                new Header(
                    "b3",
                    b3Id(context.traceId())
                        + "-"
                        + context.spanId()
                        + (context.sampled() ? "-1" : "-0")));
        case B3_MULTI -> {
          headers.add(new Header("x-b3-traceid", b3Id(context.traceId())));
          headers.add(new Header("x-b3-spanid", context.spanId()));
          headers.add(new Header("x-b3-sampled", context.sampled() ? "1" : "0"));
        }
      }
    }
    return headers;
  }
}
