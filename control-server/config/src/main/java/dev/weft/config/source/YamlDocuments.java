package dev.weft.config.source;

import java.io.StringReader;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;

/**
 * Splits a YAML 1.1 stream (what kubectl reads; JSON is part of it) into documents.
 *
 * <p>SnakeYAML's composer alone is used: it keeps lines and resolves aliases, and no object is ever
 * constructed from the text.
 */
public final class YamlDocuments {

  private static final int MAX_DEPTH = 64;
  private static final int MAX_NODES = 1_000_000;

  private final String file;
  private final int onlyLine;
  private int nodes;

  /**
   * @param onlyLine the line that everything is on; 0 if the text's lines count
   */
  private YamlDocuments(String file, int onlyLine) {
    this.file = file;
    this.onlyLine = onlyLine;
  }

  /** A document: its root, and where it begins. */
  public record Document(Node root, Origin origin) {}

  /** A stream that is no YAML. */
  public static final class SyntaxException extends Exception {
    private final Origin origin;

    SyntaxException(Origin origin, String message) {
      super(message);
      this.origin = origin;
    }

    /** Where reading stopped. */
    public Origin origin() {
      return origin;
    }
  }

  /** Every document that is not empty; in place of a {@code List} its items. */
  public static List<Document> parse(String file, String text) throws SyntaxException {
    return new YamlDocuments(file, 0).documents(text);
  }

  /**
   * The same of a text that is a value of the file, such as a ConfigMap's; lines are the file's.
   */
  static List<Document> parse(String file, Node.Scalar value) throws SyntaxException {
    return value.textLine() > 0
        ? parse(file, "\n".repeat(value.textLine() - 1) + value.text())
        : new YamlDocuments(file, value.line()).documents(value.text());
  }

  private List<Document> documents(String text) throws SyntaxException {
    LoaderOptions options = new LoaderOptions();
    options.setNestingDepthLimit(MAX_DEPTH);
    List<Document> documents = new ArrayList<>();
    int index = 0;
    try {
      for (org.yaml.snakeyaml.nodes.Node root :
          new Yaml(options).composeAll(new StringReader(text))) {
        Node node = node(root, index, 0);
        if (node instanceof Node.Mapping mapping
            && mapping.fields().get("kind") instanceof Node.Scalar kind
            && kind.text().equals("List")
            && mapping.fields().get("items") instanceof Node.Sequence items) {
          // What kubectl prints of several resources.
          for (Node item : items.items()) {
            documents.add(new Document(item, new Origin(file, index, item.line())));
          }
        } else if (!node.isNull()) {
          documents.add(new Document(node, new Origin(file, index, node.line())));
        }
        index++;
      }
    } catch (MarkedYAMLException e) {
      int line = e.getProblemMark() == null ? 1 : line(e.getProblemMark());
      String problem = e.getProblem() == null ? e.getMessage() : e.getProblem();
      throw new SyntaxException(new Origin(file, index, line), "not YAML: " + problem);
    } catch (YAMLException e) {
      throw new SyntaxException(new Origin(file, index, 1), "not YAML: " + e.getMessage());
    }
    return documents;
  }

  private Node node(org.yaml.snakeyaml.nodes.Node node, int document, int depth)
      throws SyntaxException {
    int line = line(node);
    if (depth > MAX_DEPTH || ++nodes > MAX_NODES) {
      // An alias may point at its own parent, or multiply without end.
      throw new SyntaxException(new Origin(file, document, line), "nested too deeply or too large");
    }
    if (node instanceof MappingNode mapping) {
      Map<String, Node> fields = new LinkedHashMap<>();
      for (NodeTuple tuple : mapping.getValue()) {
        if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
          throw new SyntaxException(
              new Origin(file, document, line(tuple.getKeyNode())), "a key must be a string");
        }
        Node value = node(tuple.getValueNode(), document, depth + 1);
        if (fields.put(key.getValue(), value) != null) {
          throw new SyntaxException(
              new Origin(file, document, line(key)),
              "key \"" + key.getValue() + "\" appears twice");
        }
      }
      return new Node.Mapping(fields, line);
    }
    if (node instanceof SequenceNode sequence) {
      List<Node> items = new ArrayList<>();
      for (org.yaml.snakeyaml.nodes.Node item : sequence.getValue()) {
        items.add(node(item, document, depth + 1));
      }
      return new Node.Sequence(items, line);
    }
    ScalarNode scalar = (ScalarNode) node;
    int textLine = scalar.getScalarStyle() == DumperOptions.ScalarStyle.LITERAL ? line + 1 : 0;
    return new Node.Scalar(scalar.getValue(), type(scalar.getTag()), line, textLine);
  }

  private static Node.ScalarType type(Tag tag) {
    if (tag.equals(Tag.INT)) {
      return Node.ScalarType.INTEGER;
    } else if (tag.equals(Tag.FLOAT)) {
      return Node.ScalarType.NUMBER;
    } else if (tag.equals(Tag.BOOL)) {
      return Node.ScalarType.BOOLEAN;
    } else if (tag.equals(Tag.NULL)) {
      return Node.ScalarType.NULL;
    }
    return Node.ScalarType.STRING;
  }

  private int line(org.yaml.snakeyaml.nodes.Node node) {
    return line(node.getStartMark());
  }

  private int line(Mark mark) {
    return onlyLine > 0 ? onlyLine : mark.getLine() + 1;
  }
}
