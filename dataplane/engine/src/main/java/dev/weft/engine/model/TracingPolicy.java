package dev.weft.engine.model;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which traces are recorded, and what their spans say besides (Envoy's
 * HttpConnectionManager.Tracing).
 *
 * @param randomSampling of traces that begin here, in per cent
 * @param overallSampling of all, whoever decided to record them, in per cent; 0: no spans
 * @param longestPath of a span's path, characters (max_path_tag_length)
 * @param propagates whether the context goes on with calls (not no_context_propagation)
 * @param byRequestId whether traces that begin here are chosen by {@code x-request-id}, which tells
 *     who comes after (use_request_id_for_trace_sampling); else by their own ID
 * @param collector null: spans go where the workload's own settings say
 */
public record TracingPolicy(
    double randomSampling,
    double overallSampling,
    int longestPath,
    boolean propagates,
    List<Tag> tags,
    boolean byRequestId,
    @Nullable SpanCollector collector) {

  /** Envoy's default of max_path_tag_length. */
  public static final int DEFAULT_LONGEST_PATH = 256;

  public TracingPolicy {
    tags = List.copyOf(tags);
  }

  /** Without a collector, and as Envoy does by default. */
  public TracingPolicy(
      double randomSampling,
      double overallSampling,
      int longestPath,
      boolean propagates,
      List<Tag> tags) {
    this(randomSampling, overallSampling, longestPath, propagates, tags, true, null);
  }

  /** An attribute of every span. */
  public record Tag(String name, Source source, String value, String defaultValue) {}

  /** What {@link Tag#value} names. */
  public enum Source {
    /** Itself. */
    LITERAL,
    /** An environment variable. */
    ENVIRONMENT,
    /** A header of the request, in lower case. */
    REQUEST_HEADER,
    /** A text with command operators, known when the request is over. */
    FORMAT
  }
}
