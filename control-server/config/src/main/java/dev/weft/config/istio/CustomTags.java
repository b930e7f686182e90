package dev.weft.config.istio;

import dev.weft.config.model.CustomTag;
import dev.weft.config.source.Fields;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads {@code customTags}, which MeshConfig and Telemetry have in the same form. */
final class CustomTags {

  private CustomTags() {}

  /** By name; empty if absent. */
  static Map<String, CustomTag> read(Fields parent, String name) {
    return parent.objectMap(name, CustomTags::tag);
  }

  private static @Nullable CustomTag tag(Fields fields) {
    CustomTag literal =
        fields.object("literal", tag -> new CustomTag.Literal(tag.requiredString("value")));
    CustomTag environment =
        fields.object(
            "environment",
            tag -> new CustomTag.Environment(tag.requiredString("name"), defaultValue(tag)));
    CustomTag header = fields.object("header", CustomTags::header);
    CustomTag format = fields.object("formatter", CustomTags::format);
    int given = 0;
    for (String kind : new String[] {"literal", "environment", "header", "formatter"}) {
      given += fields.has(kind) ? 1 : 0;
    }
    if (given != 1) {
      fields.error("", "must have exactly one of literal, environment, header and formatter");
    }
    return literal != null
        ? literal
        : environment != null ? environment : header != null ? header : format;
  }

  private static CustomTag format(Fields tag) {
    String value = tag.requiredString("value");
    LogFormats.check(tag, "value", value);
    return new CustomTag.Format(value);
  }

  private static CustomTag header(Fields tag) {
    String name = tag.requiredString("name");
    if (!name.isEmpty() && !Names.isHeader(name)) {
      tag.error("name", "\"" + name + "\" is not a header name");
    }
    return new CustomTag.Header(name.toLowerCase(Locale.ROOT), defaultValue(tag));
  }

  private static String defaultValue(Fields tag) {
    String value = tag.string("defaultValue");
    return value == null ? "" : value;
  }
}
