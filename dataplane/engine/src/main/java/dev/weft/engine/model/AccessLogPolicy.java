package dev.weft.engine.model;

import dev.weft.engine.expression.Expression;
import dev.weft.engine.format.FormatString;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One access log (Envoy's config.accesslog.v3.AccessLog with a FileAccessLog).
 *
 * @param path of a file; {@code /dev/stdout} and {@code /dev/stderr} are the streams
 * @param filter which requests are logged; null: all
 */
public record AccessLogPolicy(String path, Format format, @Nullable Expression filter) {

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
