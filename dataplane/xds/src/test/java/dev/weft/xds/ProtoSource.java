package dev.weft.xds;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What .proto files declare, by full name: fields, values of enums, methods. Reads as much of the
 * language as that takes; the files themselves are valid, since protoc compiled them.
 */
final class ProtoSource {

  private static final Pattern COMMENT = Pattern.compile("//[^\n]*|/\\*.*?\\*/", Pattern.DOTALL);
  private static final Pattern TEXT = Pattern.compile("\"(\\\\.|[^\"\\\\])*\"");
  private static final Pattern OPTIONS = Pattern.compile("\\[[^\\[\\]]*\\]");
  private static final Pattern PACKAGE = Pattern.compile("package\\s+([\\w.]+)");
  private static final Pattern BLOCK = Pattern.compile("(message|enum|oneof|service)\\s+(\\w+)");
  private static final Pattern FIELD =
      Pattern.compile("(repeated |optional )?([\\w.]+|map<[^>]+>) (\\w+) = (\\d+)");
  private static final Pattern VALUE = Pattern.compile("(\\w+) = (-?\\d+)");
  private static final Pattern METHOD =
      Pattern.compile("rpc (\\w+) ?\\((stream )?([\\w.]+)\\) returns \\((stream )?([\\w.]+)\\)");

  private ProtoSource() {}

  /** E.g. {@code envoy.config.core.v3.Node.id} to {@code string 1}. */
  static Map<String, String> declarations(Path root) throws IOException {
    Map<String, String> declarations = new TreeMap<>();
    List<Path> files;
    try (Stream<Path> all = Files.walk(root)) {
      files = all.filter(file -> file.toString().endsWith(".proto")).toList();
    }
    for (Path file : files) {
      read(Files.readString(file), declarations);
    }
    return declarations;
  }

  private static void read(String source, Map<String, String> declarations) {
    String text = COMMENT.matcher(source).replaceAll(" ");
    text = TEXT.matcher(text).replaceAll("\"\"");
    for (String before = ""; !before.equals(text); ) {
      before = text;
      text = OPTIONS.matcher(text).replaceAll(" ");
    }
    Deque<String> scope = new ArrayDeque<>();
    StringBuilder statement = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '{' -> {
          open(statement.toString().strip().replaceAll("\\s+", " "), scope, declarations);
          statement.setLength(0);
        }
        case '}' -> {
          scope.removeLast();
          statement.setLength(0);
        }
        case ';' -> {
          simple(statement.toString().strip().replaceAll("\\s+", " "), scope, declarations);
          statement.setLength(0);
        }
        default -> statement.append(c);
      }
    }
  }

  private static void open(
      String statement, Deque<String> scope, Map<String, String> declarations) {
    Matcher block = BLOCK.matcher(statement);
    if (block.matches()) {
      // A oneof opens no scope of names.
      scope.addLast(block.group(1).equals("oneof") ? "" : block.group(2));
    } else {
      simple(statement, scope, declarations);
      scope.addLast("");
    }
  }

  private static void simple(
      String statement, Deque<String> scope, Map<String, String> declarations) {
    Matcher packageName = PACKAGE.matcher(statement);
    if (packageName.matches()) {
      scope.addLast(packageName.group(1));
      return;
    }
    String prefix = String.join(".", scope.stream().filter(name -> !name.isEmpty()).toList());
    Matcher field = FIELD.matcher(statement);
    Matcher value = VALUE.matcher(statement);
    Matcher method = METHOD.matcher(statement);
    if (field.matches()) {
      String label = "repeated ".equals(field.group(1)) ? "repeated " : "";
      declarations.put(
          prefix + "." + field.group(3), label + type(field.group(2)) + " " + field.group(4));
    } else if (value.matches()) {
      declarations.put(prefix + "." + value.group(1), value.group(2));
    } else if (method.matches()) {
      declarations.put(
          prefix + "." + method.group(1),
          method.group(2) + type(method.group(3)) + " " + method.group(4) + type(method.group(5)));
    }
  }

  /** Files qualify names as they like; the last part tells types apart well enough. */
  private static String type(String written) {
    return written.replaceAll("[\\w.]+\\.(?=\\w)", "").replace(" ", "");
  }
}
