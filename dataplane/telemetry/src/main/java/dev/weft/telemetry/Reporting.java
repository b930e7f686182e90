package dev.weft.telemetry;

import dev.weft.telemetry.TraceHeaders.Format;
import dev.weft.telemetry.accesslog.AccessLogs;
import dev.weft.telemetry.accesslog.Headers;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is told of requests of one direction, made ready.
 *
 * @param logs null: none is written
 * @param headers what is kept of a request's headers until its end; null: nothing of it is kept,
 *     for neither logs, overridden metrics nor tags ask for more than metrics do
 * @param longestPath of a span's path and query, characters (Envoy's max_path_tag_length)
 * @param propagates whether calls carry a trace's context
 * @param propagators formats in which it is written
 * @param traced whether spans go anywhere
 */
record Reporting(
    @Nullable AccessLogs logs,
    @Nullable Headers headers,
    CustomTags tags,
    int longestPath,
    boolean propagates,
    Set<Format> propagators,
    boolean traced) {

  /** The path or query as a span has it. */
  String bounded(String text) {
    return text.length() <= longestPath ? text : text.substring(0, longestPath);
  }
}
