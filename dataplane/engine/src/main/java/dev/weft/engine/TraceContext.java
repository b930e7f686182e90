package dev.weft.engine;

/**
 * A place in a trace, as the W3C {@code traceparent} and {@code tracestate} headers carry it.
 *
 * @param traceId 32 lower-case hexadecimal digits
 * @param spanId 16 lower-case hexadecimal digits
 * @param state the {@code tracestate} header's value, or empty
 */
public record TraceContext(String traceId, String spanId, boolean sampled, String state) {

  /** The {@code traceparent} header's value. */
  public String traceparent() {
    return "00-" + traceId + "-" + spanId + (sampled ? "-01" : "-00");
  }
}
