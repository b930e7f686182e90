package dev.weft.telemetry.accesslog;

import dev.weft.engine.format.FormatString;
import dev.weft.engine.format.FormatString.Command;
import dev.weft.engine.format.FormatString.Part;
import dev.weft.engine.model.AccessLogPolicy;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Writes entries in one format. */
interface LineFormat {

  void append(StringBuilder line, LogEntry entry);

  static LineFormat of(AccessLogPolicy.Format format, Values values) {
    if (format instanceof AccessLogPolicy.Text text) {
      return text(text.format(), text.omitEmpty() ? "" : "-", values);
    }
    AccessLogPolicy.Json json = (AccessLogPolicy.Json) format;
    JsonValue object = object(json.fields(), json.omitEmpty(), values);
    return (line, entry) -> {
      object.append(line, entry);
      line.append('\n');
    };
  }

  private static LineFormat text(FormatString format, String absent, Values values) {
    LineFormat[] parts =
        format.parts().stream().map(part -> part(part, absent, values)).toArray(LineFormat[]::new);
    return (line, entry) -> {
      for (LineFormat part : parts) {
        part.append(line, entry);
      }
    };
  }

  private static LineFormat part(Part part, String absent, Values values) {
    if (part instanceof FormatString.Text text) {
      return (line, entry) -> line.append(text.text());
    }
    Values.Value value = values.of((Command) part);
    return (line, entry) -> {
      Object shown = value.of(entry);
      if (shown == null) {
        line.append(absent);
      } else {
        Escapes.text(line, shown.toString());
      }
    };
  }

  /** As text that isn't written into a line: its value is its own. */
  static LineFormat unescaped(FormatString format, String absent, Values values) {
    LineFormat[] parts =
        format.parts().stream().map(part -> plain(part, absent, values)).toArray(LineFormat[]::new);
    return (text, entry) -> {
      for (LineFormat part : parts) {
        part.append(text, entry);
      }
    };
  }

  /** A value within an object. */
  @FunctionalInterface
  interface JsonValue {

    /**
     * @return whether there was a value; if not, nothing is written
     */
    boolean append(StringBuilder json, LogEntry entry);
  }

  private static JsonValue object(Map<?, ?> fields, boolean omitEmpty, Values values) {
    Map<String, JsonValue> sorted = new TreeMap<>();
    fields.forEach((name, value) -> sorted.put("" + name, json(value, omitEmpty, values)));
    String[] names = sorted.keySet().toArray(String[]::new);
    JsonValue[] contents = sorted.values().toArray(JsonValue[]::new);
    return (json, entry) -> {
      json.append('{');
      boolean first = true;
      for (int i = 0; i < names.length; i++) {
        int before = json.length();
        json.append(first ? "" : ",");
        Escapes.json(json, names[i]).append(':');
        boolean written = contents[i].append(json, entry);
        if (!written && omitEmpty) {
          json.setLength(before);
        } else {
          json.append(written ? "" : "null");
          first = false;
        }
      }
      json.append('}');
      return true;
    };
  }

  private static JsonValue json(Object value, boolean omitEmpty, Values values) {
    if (value instanceof Map<?, ?> fields) {
      return object(fields, omitEmpty, values);
    } else if (value instanceof List<?> items) {
      JsonValue[] contents =
          items.stream().map(item -> json(item, omitEmpty, values)).toArray(JsonValue[]::new);
      return (json, entry) -> {
        json.append('[');
        for (int i = 0; i < contents.length; i++) {
          json.append(i == 0 ? "" : ",");
          json.append(contents[i].append(json, entry) ? "" : "null");
        }
        json.append(']');
        return true;
      };
    } else if (value instanceof FormatString format) {
      return text(format, omitEmpty, values);
    }
    String constant =
        value instanceof Double number && number == Math.rint(number) && Math.abs(number) < 1e15
            ? Long.toString(number.longValue())
            : value.toString();
    return (json, entry) -> {
      json.append(constant);
      return true;
    };
  }

  /** One operator alone keeps its type; of several, and of text, a string is made. */
  private static JsonValue text(FormatString format, boolean omitEmpty, Values values) {
    List<Part> parts = format.parts();
    if (parts.size() == 1 && parts.get(0) instanceof Command command) {
      Values.Value value = values.of(command);
      return (json, entry) -> append(json, value.of(entry));
    }
    LineFormat plain = unescaped(format, omitEmpty ? "" : "-", values);
    return (json, entry) -> {
      StringBuilder text = new StringBuilder();
      plain.append(text, entry);
      return append(json, text.toString());
    };
  }

  /** As a part of a string that is escaped as a whole. */
  private static LineFormat plain(Part part, String absent, Values values) {
    if (part instanceof FormatString.Text text) {
      return (line, entry) -> line.append(text.text());
    }
    Values.Value value = values.of((Command) part);
    return (line, entry) -> {
      Object shown = value.of(entry);
      line.append(shown == null ? absent : shown);
    };
  }

  private static boolean append(StringBuilder json, @Nullable Object value) {
    if (value == null) {
      return false;
    } else if (value instanceof Long number) {
      json.append(number.longValue());
    } else {
      Escapes.json(json, value.toString());
    }
    return true;
  }
}
