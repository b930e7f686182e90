package dev.weft.engine.model;

import java.util.List;

/**
 * Which traces are recorded, and what their spans say besides (Envoy's
 * HttpConnectionManager.Tracing).
 *
 * @param randomSampling of traces that begin here, in per cent
 * @param overallSampling of all, whoever decided to record them, in per cent; 0: no spans
 */
public record TracingPolicy(double randomSampling, double overallSampling, List<Tag> tags) {

  public TracingPolicy {
    tags = List.copyOf(tags);
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
    REQUEST_HEADER
  }
}
