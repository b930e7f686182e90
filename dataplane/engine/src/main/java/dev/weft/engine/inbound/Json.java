package dev.weft.engine.inbound;

import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Writes JSON as protobuf does: without spaces, fields in the order of their names, and with
 * nothing in it that HTML would read.
 */
final class Json {

  private Json() {}

  /**
   * @param value a map, a list, a text, a number, a boolean, or null
   */
  static String text(@Nullable Object value) {
    StringBuilder out = new StringBuilder();
    write(value, out);
    return out.toString();
  }

  private static void write(@Nullable Object value, StringBuilder out) {
    if (value instanceof Map<?, ?> fields) {
      char separator = '{';
      for (Object name : new TreeSet<>(fields.keySet())) {
        quote(name.toString(), out.append(separator));
        write(fields.get(name), out.append(':'));
        separator = ',';
      }
      out.append(fields.isEmpty() ? "{}" : "}");
    } else if (value instanceof List<?> elements) {
      char separator = '[';
      for (Object element : elements) {
        write(element, out.append(separator));
        separator = ',';
      }
      out.append(elements.isEmpty() ? "[]" : "]");
    } else if (value instanceof String string) {
      quote(string, out);
    } else {
      out.append(value);
    }
  }

  private static void quote(String text, StringBuilder out) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"', '\\' -> out.append('\\').append(c);
        case '\b' -> out.append("\\b");
        case '\f' -> out.append("\\f");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        default -> {
          if (c < ' ' || c == '<' || c == '>' || c == 0x7f) {
            out.append(String.format("\\u%04x", (int) c));
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }
}
