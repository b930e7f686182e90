package dev.weft.config.source;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Reads one object field by field. A value of the wrong type is reported and read as absent; a
 * field that nobody asked for is reported once the object is read, so nothing can be dropped in
 * silence.
 */
public final class Fields {

  private final Node.Mapping node;
  private final String path;
  private final Findings findings;
  private final Set<String> read = new LinkedHashSet<>();

  private Fields(Node.Mapping node, String path, Findings findings) {
    this.node = node;
    this.path = path;
    this.findings = findings;
  }

  /** Reads a whole object; every field that {@code reader} leaves alone is an unknown field. */
  public static <T> T read(
      Node.Mapping node, String path, Findings findings, Function<Fields, T> reader) {
    Fields fields = new Fields(node, path, findings);
    T value = reader.apply(fields);
    for (String field : node.fields().keySet()) {
      if (!fields.read.contains(field)) {
        fields.error(field, "unknown field");
      }
    }
    return value;
  }

  /** Where this object begins. */
  public Origin origin() {
    return findings.origin().atLine(node.line());
  }

  /** Whether the field is there and not null. Does not count as reading it. */
  public boolean has(String name) {
    Node value = node.fields().get(name);
    return value != null && !value.isNull();
  }

  /** The text of a string field. */
  public @Nullable String string(String name) {
    Node value = take(name);
    if (value instanceof Node.Scalar scalar && scalar.type() == Node.ScalarType.STRING) {
      return scalar.text();
    }
    wrongType(name, value, "a string");
    return null;
  }

  /**
   * The text of a string field that must be there and not empty; empty after reporting that not.
   */
  public String requiredString(String name) {
    boolean given = has(name);
    String value = string(name);
    if (!given || (value != null && value.isEmpty())) {
      error(name, "is required");
    }
    return value == null ? "" : value;
  }

  /** An integer within bounds, both included. */
  public @Nullable Integer integer(String name, int min, int max) {
    Node value = take(name);
    if (value == null) {
      return null;
    }
    if (!(value instanceof Node.Scalar scalar) || scalar.type() != Node.ScalarType.INTEGER) {
      wrongType(name, value, "an integer");
      return null;
    }
    return within(name, scalar.text(), min, max);
  }

  private @Nullable Integer within(String name, String text, int min, int max) {
    try {
      int number = Integer.parseInt(text);
      if (number >= min && number <= max) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Reported below, as out of bounds: YAML took it for an integer.
    }
    error(name, "must be an integer from " + min + " to " + max + ", is " + text);
    return null;
  }

  /** A number within bounds, both included. */
  public @Nullable Double number(String name, double min, double max) {
    Node value = take(name);
    if (value == null) {
      return null;
    }
    if (!(value instanceof Node.Scalar scalar)
        || (scalar.type() != Node.ScalarType.INTEGER && scalar.type() != Node.ScalarType.NUMBER)) {
      wrongType(name, value, "a number");
      return null;
    }
    try {
      double number = Double.parseDouble(scalar.text());
      if (number >= min && number <= max) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Reported below.
    }
    error(name, "must be a number from " + min + " to " + max + ", is " + scalar.text());
    return null;
  }

  /** A boolean. */
  public @Nullable Boolean bool(String name) {
    Node value = take(name);
    if (value instanceof Node.Scalar scalar && scalar.type() == Node.ScalarType.BOOLEAN) {
      return switch (scalar.text().toLowerCase(Locale.ROOT)) {
        case "true", "yes", "on" -> true;
        default -> false;
      };
    }
    wrongType(name, value, "a boolean");
    return null;
  }

  /** One of an enum's names. */
  public <E extends Enum<E>> @Nullable E oneOf(String name, Class<E> type) {
    String text = string(name);
    if (text == null) {
      return null;
    }
    for (E constant : type.getEnumConstants()) {
      if (constant.name().equals(text)) {
        return constant;
      }
    }
    error(name, "must be one of " + Arrays.toString(type.getEnumConstants()) + ", is " + text);
    return null;
  }

  /** A duration as Istio writes it, such as {@code 1h30m}, {@code 0.5s} or {@code 100ms}. */
  public @Nullable Duration duration(String name) {
    String text = string(name);
    if (text == null) {
      return null;
    }
    Duration duration = Durations.parse(text);
    if (duration == null) {
      error(name, "\"" + text + "\" is not a duration such as \"10s\" or \"250ms\"");
    }
    return duration;
  }

  /** A list of strings; empty if absent. */
  public List<String> strings(String name) {
    return list(
        name,
        (item, itemName) -> {
          if (item instanceof Node.Scalar scalar && scalar.type() == Node.ScalarType.STRING) {
            return scalar.text();
          }
          wrongType(itemName, item, "a string");
          return null;
        });
  }

  /** A list of integers within bounds, both included; empty if absent. */
  public List<Integer> integers(String name, int min, int max) {
    return list(
        name,
        (item, itemName) -> {
          if (!(item instanceof Node.Scalar scalar) || scalar.type() != Node.ScalarType.INTEGER) {
            wrongType(itemName, item, "an integer");
            return null;
          }
          return within(itemName, scalar.text(), min, max);
        });
  }

  /** A map of strings in the order written; empty if absent. */
  public Map<String, String> stringMap(String name) {
    return map(
        name,
        (value, valueName) -> {
          if (value instanceof Node.Scalar scalar && scalar.type() == Node.ScalarType.STRING) {
            return scalar.text();
          }
          wrongType(valueName, value, "a string");
          return null;
        });
  }

  /** A map of integers in the order written; empty if absent. */
  public Map<String, Integer> integerMap(String name, int min, int max) {
    Map<String, Integer> result =
        object(
            name,
            values -> {
              Map<String, Integer> integers = new LinkedHashMap<>();
              for (String key : values.node.fields().keySet()) {
                Integer value = values.integer(key, min, max);
                if (value != null) {
                  integers.put(key, value);
                }
              }
              return integers;
            });
    return result == null ? Map.of() : result;
  }

  /** An object. */
  public <T> @Nullable T object(String name, Function<Fields, T> reader) {
    Node value = take(name);
    if (value instanceof Node.Mapping mapping) {
      return read(mapping, child(name), findings, reader);
    }
    wrongType(name, value, "an object");
    return null;
  }

  /** An object that is written as YAML in a string, as a ConfigMap holds it. */
  public <T> @Nullable T yamlObject(String name, Function<Fields, @Nullable T> reader) {
    Node.Mapping mapping = yaml(name);
    return mapping == null ? null : read(mapping, child(name), findings, reader);
  }

  /** As {@link #struct}, of an object that is written as YAML or JSON in a string. */
  public @Nullable Map<String, Object> yamlStruct(String name) {
    Node.Mapping mapping = yaml(name);
    return mapping == null ? null : mapping.plain();
  }

  private Node.@Nullable Mapping yaml(String name) {
    Node value = take(name);
    if (!(value instanceof Node.Scalar text) || text.type() != Node.ScalarType.STRING) {
      wrongType(name, value, "a string");
      return null;
    }
    try {
      List<YamlDocuments.Document> documents = YamlDocuments.parse(findings.origin().file(), text);
      if (documents.isEmpty()) {
        return new Node.Mapping(Map.of(), text.line());
      } else if (documents.size() == 1 && documents.get(0).root() instanceof Node.Mapping root) {
        return root;
      }
      error(name, "must hold one object as YAML");
    } catch (YamlDocuments.SyntaxException e) {
      findings.report(
          Severity.ERROR, e.origin().line(), child(name), String.valueOf(e.getMessage()));
    }
    return null;
  }

  /**
   * An object of any shape: text, {@code Double}, {@code Boolean}, {@code List} and {@code Map} in
   * the order written; null if absent.
   */
  public @Nullable Map<String, Object> struct(String name) {
    Node value = take(name);
    if (value instanceof Node.Mapping mapping) {
      return mapping.plain();
    }
    wrongType(name, value, "an object");
    return null;
  }

  /** An object; absent, it is read as an empty one. */
  public <T> @Nullable T objectOrEmpty(String name, Function<Fields, T> reader) {
    read.add(name);
    return has(name)
        ? object(name, reader)
        : read(new Node.Mapping(Map.of(), node.line()), child(name), findings, reader);
  }

  /** A list of objects; empty if absent. */
  public <T> List<T> objects(String name, Function<Fields, T> reader) {
    return list(
        name,
        (item, itemName) -> {
          if (item instanceof Node.Mapping mapping) {
            return read(mapping, child(itemName), findings, reader);
          }
          wrongType(itemName, item, "an object");
          return null;
        });
  }

  /**
   * As {@link #objects}, but an object in which there is an error is ignored whole, and a warning
   * tells why: for what is somebody else's, and of which some is understood.
   */
  public <T> List<T> objectsUnderstood(String name, Function<Fields, @Nullable T> reader) {
    return list(
        name,
        (item, itemName) -> {
          if (!(item instanceof Node.Mapping mapping)) {
            wrongType(itemName, item, "an object");
            return null;
          }
          Findings found = new Findings(ResourceName.NONE, findings.origin());
          T value = read(mapping, child(itemName), found, reader);
          for (Finding finding : found.all()) {
            if (finding.severity() == Severity.ERROR) {
              findings.report(
                  Severity.WARNING,
                  finding.origin().line(),
                  child(itemName),
                  "is ignored: " + finding.field() + ": " + finding.message());
              return null;
            }
          }
          for (Finding finding : found.all()) {
            findings.report(
                finding.severity(), finding.origin().line(), finding.field(), finding.message());
          }
          return value;
        });
  }

  /** Looks at a list's objects before they are read, and says nothing about them. */
  public void quietly(String name, Function<Fields, ?> reader) {
    if (node.fields().get(name) instanceof Node.Sequence sequence) {
      for (Node item : sequence.items()) {
        if (item instanceof Node.Mapping mapping) {
          read(mapping, "", new Findings(ResourceName.NONE, findings.origin()), reader);
        }
      }
    }
  }

  /** A map of objects in the order written; empty if absent. */
  public <T> Map<String, T> objectMap(String name, Function<Fields, T> reader) {
    return map(
        name,
        (value, valueName) -> {
          if (value instanceof Node.Mapping mapping) {
            return read(mapping, child(valueName), findings, reader);
          }
          wrongType(valueName, value, "an object");
          return null;
        });
  }

  /**
   * Fields that exist in Istio and are left out of account: each one present is a warning.
   *
   * @param reason why, and what is so instead
   */
  public void without(String reason, String... names) {
    for (String name : names) {
      if (take(name) != null) {
        report(Severity.WARNING, name, reason);
      }
    }
  }

  /**
   * A field that exists in Istio and can't be left out without harm: if present it is an error.
   *
   * @param reason why, and what to write instead
   */
  public void refused(String name, String reason) {
    if (take(name) != null) {
      report(Severity.ERROR, name, reason);
    }
  }

  /** Marks a field as read without looking at it: its content is nothing of the mesh's. */
  public void skip(String... names) {
    read.addAll(List.of(names));
  }

  /** Marks every field as read without looking at it. */
  public void skipAll() {
    read.addAll(node.fields().keySet());
  }

  /** Reports an error at a field, or at this object if {@code name} is empty. */
  public void error(String name, String message) {
    report(Severity.ERROR, name, message);
  }

  /** Reports a warning at a field, or at this object if {@code name} is empty. */
  public void warning(String name, String message) {
    report(Severity.WARNING, name, message);
  }

  private void report(Severity severity, String name, String message) {
    findings.report(severity, line(name), name.isEmpty() ? path : child(name), message);
  }

  /**
   * The line of a field, of a list's item {@code name[i]}, or of a map's entry {@code name.key}.
   */
  private int line(String name) {
    Node value = node.fields().get(name);
    int bracket = name.lastIndexOf('[');
    if (value == null
        && bracket > 0
        && node.fields().get(name.substring(0, bracket)) instanceof Node.Sequence sequence) {
      value = sequence.items().get(Integer.parseInt(name, bracket + 1, name.length() - 1, 10));
    }
    int dot = name.indexOf('.');
    if (value == null
        && dot > 0
        && node.fields().get(name.substring(0, dot)) instanceof Node.Mapping mapping) {
      value = mapping.fields().get(name.substring(dot + 1));
    }
    return value == null ? node.line() : value.line();
  }

  private @Nullable Node take(String name) {
    read.add(name);
    Node value = node.fields().get(name);
    return value == null || value.isNull() ? null : value;
  }

  private void wrongType(String name, @Nullable Node value, String expected) {
    if (value == null) {
      return;
    }
    String hint =
        expected.equals("a string") && value instanceof Node.Scalar ? "; put it in quotes" : "";
    error(name, "must be " + expected + ", is " + value.describe() + hint);
  }

  private <T> List<T> list(String name, BiFunction<Node, String, @Nullable T> reader) {
    Node value = take(name);
    if (!(value instanceof Node.Sequence sequence)) {
      wrongType(name, value, "a list");
      return List.of();
    }
    List<T> items = new ArrayList<>();
    for (int i = 0; i < sequence.items().size(); i++) {
      T item = reader.apply(sequence.items().get(i), name + "[" + i + "]");
      if (item != null) {
        items.add(item);
      }
    }
    return List.copyOf(items);
  }

  private <T> Map<String, T> map(String name, BiFunction<Node, String, @Nullable T> reader) {
    Node value = take(name);
    if (!(value instanceof Node.Mapping mapping)) {
      wrongType(name, value, "an object");
      return Map.of();
    }
    Map<String, T> entries = new LinkedHashMap<>();
    for (Map.Entry<String, Node> entry : mapping.fields().entrySet()) {
      T item = reader.apply(entry.getValue(), name + "." + entry.getKey());
      if (item != null) {
        entries.put(entry.getKey(), item);
      }
    }
    return Collections.unmodifiableMap(entries);
  }

  private String child(String name) {
    return path.isEmpty() ? name : path + "." + name;
  }
}
