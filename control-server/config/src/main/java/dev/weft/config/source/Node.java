package dev.weft.config.source;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A node of a parsed document. {@code line} counts from 1 in the file. */
public sealed interface Node {

  /** The line on which the node begins. */
  int line();

  /** Fields in the order written. */
  record Mapping(Map<String, Node> fields, int line) implements Node {

    /** The fields without their lines, and without those that are null. */
    Map<String, Object> plain() {
      Map<String, Object> values = new LinkedHashMap<>();
      fields.forEach(
          (name, node) -> {
            if (!node.isNull()) {
              values.put(name, Node.plain(node));
            }
          });
      return Collections.unmodifiableMap(values);
    }
  }

  /** A list. */
  record Sequence(List<Node> items, int line) implements Node {}

  /**
   * A plain value, as text.
   *
   * @param textLine where the text's own first line stands, if its lines are the file's (a literal
   *     block); 0 if they aren't
   */
  record Scalar(String text, ScalarType type, int line, int textLine) implements Node {}

  /** The types that JSON tells apart. */
  enum ScalarType {
    STRING,
    INTEGER,
    NUMBER,
    BOOLEAN,
    NULL
  }

  private static Object plain(Node node) {
    if (node instanceof Mapping mapping) {
      return mapping.plain();
    } else if (node instanceof Sequence sequence) {
      return sequence.items().stream().filter(item -> !item.isNull()).map(Node::plain).toList();
    }
    Scalar scalar = (Scalar) node;
    return switch (scalar.type()) {
      case INTEGER, NUMBER -> number(scalar.text());
      case BOOLEAN -> scalar.text().equalsIgnoreCase("true");
      case STRING, NULL -> scalar.text();
    };
  }

  /** What is no number to Java, such as a time of YAML 1.1, is text. */
  private static Object number(String text) {
    try {
      return Double.valueOf(text);
    } catch (NumberFormatException e) {
      return text;
    }
  }

  /** Whether this is an explicit or implicit null, which Kubernetes treats as absent. */
  default boolean isNull() {
    return this instanceof Scalar scalar && scalar.type() == ScalarType.NULL;
  }

  /** What a user would call this node's type. */
  default String describe() {
    if (this instanceof Mapping) {
      return "an object";
    } else if (this instanceof Sequence) {
      return "a list";
    }
    return switch (((Scalar) this).type()) {
      case STRING -> "a string";
      case INTEGER, NUMBER -> "a number";
      case BOOLEAN -> "a boolean";
      case NULL -> "null";
    };
  }
}
