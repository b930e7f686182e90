package dev.weft.engine.inbound;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes JSON. */
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
      for (Map.Entry<?, ?> field : fields.entrySet()) {
        quote(String.valueOf(field.getKey()), out.append(separator));
        write(field.getValue(), out.append(':'));
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
      if (c == '"' || c == '\\') {
        out.append('\\').append(c);
      } else if (c < ' ') {
        out.append(String.format("\\u%04x", (int) c));
      } else {
        out.append(c);
      }
    }
    out.append('"');
  }
}
