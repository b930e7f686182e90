package dev.weft.engine.model;

import dev.weft.engine.expression.Expression;
import dev.weft.engine.format.FormatString;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One access log (Envoy's config.accesslog.v3.AccessLog).
 *
 * @param filter which requests are logged; null: all
 */
public record AccessLogPolicy(Sink sink, @Nullable Expression filter) {

  /** In a file. */
  public AccessLogPolicy(String path, Format format, @Nullable Expression filter) {
    this(new File(path, format), filter);
  }

  /** Where entries go, and in what form. */
  public sealed interface Sink {}

  /**
   * Envoy's FileAccessLog.
   *
   * @param path {@code /dev/stdout} and {@code /dev/stderr} are the streams
   */
  public record File(String path, Format format) implements Sink {}

  /** To a service of the mesh's, over gRPC. */
  public sealed interface Remote extends Sink {

    /** That is sent to. */
    String cluster();

    String authority();
  }

  /**
   * Envoy's HttpGrpcAccessLogConfig: what its Access Log Service takes.
   *
   * @param requestHeaders that are told as well, in lower case
   */
  public record Als(
      String cluster,
      String authority,
      String logName,
      List<String> requestHeaders,
      List<String> responseHeaders,
      List<String> responseTrailers)
      implements Remote {

    public Als {
      requestHeaders = List.copyOf(requestHeaders);
      responseHeaders = List.copyOf(responseHeaders);
      responseTrailers = List.copyOf(responseTrailers);
    }
  }

  /**
   * Envoy's OpenTelemetryAccessLogConfig: OTLP's log records.
   *
   * @param body null: none
   * @param attributes as {@link Json#fields}
   */
  public record Otlp(
      String cluster,
      String authority,
      String logName,
      @Nullable FormatString body,
      Map<String, Object> attributes)
      implements Remote {

    public Otlp {
      attributes = Collections.unmodifiableMap(new LinkedHashMap<>(attributes));
    }
  }

  /** How an entry is written. */
  public sealed interface Format {}

  /**
   * As text, which says itself where its lines end.
   *
   * @param omitEmpty whether what has no value is left out; it is {@code -} otherwise
   */
  public record Text(FormatString format, boolean omitEmpty) implements Format {}

  /**
   * As an object on a line.
   *
   * @param fields {@link FormatString}, {@code Double}, {@code Boolean}, and lists and maps of
   *     these
   * @param omitEmpty whether what has no value is left out; it is null otherwise
   */
  public record Json(Map<String, Object> fields, boolean omitEmpty) implements Format {

    public Json {
      fields = Collections.unmodifiableMap(new LinkedHashMap<>(fields));
    }
  }
}
