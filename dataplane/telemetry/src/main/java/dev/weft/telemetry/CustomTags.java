package dev.weft.telemetry;

import static io.opentelemetry.api.common.AttributeKey.stringKey;

import dev.weft.engine.HeaderSource;
import dev.weft.engine.format.FormatString;
import dev.weft.engine.model.TracingPolicy;
import dev.weft.engine.model.TracingPolicy.Source;
import dev.weft.engine.model.TracingPolicy.Tag;
import dev.weft.telemetry.accesslog.LogEntry;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Attributes that the mesh adds to every span (Envoy's custom_tags), made ready. */
final class CustomTags {

  static final CustomTags NONE = new CustomTags(List.of(), name -> null, format -> entry -> "");

  private final AttributeKey<String>[] keys;
  private final @Nullable String[] headers;
  private final String[] values;
  private final @Nullable Function<LogEntry, String>[] formats;

  @SuppressWarnings({"unchecked", "rawtypes"}) // an array of a generic type
  private CustomTags(
      List<Tag> tags,
      UnaryOperator<@Nullable String> environment,
      Function<FormatString, Function<LogEntry, String>> formatter) {
    keys = new AttributeKey[tags.size()];
    headers = new @Nullable String[tags.size()];
    values = new String[tags.size()];
    formats = new Function[tags.size()];
    for (int i = 0; i < keys.length; i++) {
      Tag tag = tags.get(i);
      String value = tag.source() == Source.LITERAL ? tag.value() : null;
      if (tag.source() == Source.ENVIRONMENT) {
        value = environment.apply(tag.value());
      } else if (tag.source() == Source.REQUEST_HEADER) {
        headers[i] = tag.value();
      } else if (tag.source() == Source.FORMAT) {
        formats[i] = formatter.apply(FormatString.parse(tag.value()));
      }
      keys[i] = stringKey(tag.name());
      values[i] = value == null ? tag.defaultValue() : value;
    }
  }

  /**
   * @param formatter makes a format ready
   */
  static CustomTags of(
      @Nullable TracingPolicy policy,
      UnaryOperator<@Nullable String> environment,
      Function<FormatString, Function<LogEntry, String>> formatter) {
    return policy == null || policy.tags().isEmpty()
        ? NONE
        : new CustomTags(policy.tags(), environment, formatter);
  }

  /** The values for one request, to be put on its spans later; null if there are none. */
  @Nullable String @Nullable [] read(HeaderSource request) {
    if (keys.length == 0) {
      return null;
    }
    @Nullable String[] read = new @Nullable String[keys.length];
    for (int i = 0; i < keys.length; i++) {
      String header = headers[i];
      String value = header == null ? null : request.header(header);
      read[i] = value == null ? values[i] : value;
    }
    return read;
  }

  /** As Envoy does: a value that is empty adds nothing. */
  void put(Span span, @Nullable String @Nullable [] read) {
    for (int i = 0; read != null && i < keys.length; i++) {
      String value = read[i];
      if (value != null && !value.isEmpty()) {
        span.setAttribute(keys[i], value);
      }
    }
  }

  /** Puts on what is known only when the request is over. */
  void end(Span span, LogEntry entry) {
    for (int i = 0; i < keys.length; i++) {
      Function<LogEntry, String> format = formats[i];
      String value = format == null ? "" : format.apply(entry);
      if (!value.isEmpty()) {
        span.setAttribute(keys[i], value);
      }
    }
  }
}
