package dev.weft.workload.admin;

import java.lang.reflect.RecordComponent;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Writes the engine's model as JSON: records become objects with their type's name, everything that
 * is not a record, collection, map, number or boolean becomes its text. For people; not on any hot
 * path.
 */
public final class ModelJson {

  private final StringBuilder out = new StringBuilder();

  private ModelJson() {}

  public static String of(@Nullable Object value) {
    ModelJson json = new ModelJson();
    json.write(value, 0);
    return json.out.append('\n').toString();
  }

  private void write(@Nullable Object value, int depth) {
    if (value == null || value instanceof Number || value instanceof Boolean) {
      out.append(value);
    } else if (value instanceof Record fields) {
      writeRecord(fields, depth);
    } else if (value instanceof Map<?, ?> map) {
      TreeMap<String, @Nullable Object> sorted = new TreeMap<>();
      map.forEach((key, element) -> sorted.put(String.valueOf(key), element));
      writeObject(sorted, depth);
    } else if (value instanceof Collection<?> collection) {
      writeArray(collection, depth);
    } else {
      writeString(value.toString());
    }
  }

  private void writeRecord(Record value, int depth) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    if (value.getClass().getInterfaces().length > 0) {
      fields.put("type", value.getClass().getSimpleName());
    }
    for (RecordComponent component : value.getClass().getRecordComponents()) {
      try {
        // A package-private record's accessor is public, its class is not.
        component.getAccessor().setAccessible(true);
        fields.put(component.getName(), component.getAccessor().invoke(value));
      } catch (ReflectiveOperationException e) {
        fields.put(component.getName(), e.toString());
      }
    }
    writeObject(fields, depth);
  }

  private void writeObject(Map<String, ? extends @Nullable Object> fields, int depth) {
    if (fields.isEmpty()) {
      out.append("{}");
      return;
    }
    out.append('{');
    String separator = "";
    for (Map.Entry<String, ? extends @Nullable Object> field : fields.entrySet()) {
      out.append(separator);
      newLine(depth + 1);
      writeString(field.getKey());
      out.append(": ");
      write(field.getValue(), depth + 1);
      separator = ",";
    }
    newLine(depth);
    out.append('}');
  }

  private void writeArray(Collection<?> elements, int depth) {
    out.append('[');
    Iterator<?> each = elements.iterator();
    while (each.hasNext()) {
      newLine(depth + 1);
      write(each.next(), depth + 1);
      if (each.hasNext()) {
        out.append(',');
      } else {
        newLine(depth);
      }
    }
    out.append(']');
  }

  private void newLine(int depth) {
    out.append('\n').append("  ".repeat(depth));
  }

  private void writeString(String text) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        default -> {
          if (c < 0x20) {
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
