package dev.weft.config.source;

import java.util.List;
import java.util.Map;

/** A node of a parsed document. {@code line} counts from 1 in the file. */
public sealed interface Node {

  /** The line on which the node begins. */
  int line();

  /** Fields in the order written. */
  record Mapping(Map<String, Node> fields, int line) implements Node {}

  /** A list. */
  record Sequence(List<Node> items, int line) implements Node {}

  /** A plain value, as text. */
  record Scalar(String text, ScalarType type, int line) implements Node {}

  /** The types that JSON tells apart. */
  enum ScalarType {
    STRING,
    INTEGER,
    NUMBER,
    BOOLEAN,
    NULL
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
