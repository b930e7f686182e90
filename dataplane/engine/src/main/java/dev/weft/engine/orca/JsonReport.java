package dev.weft.engine.orca;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * An OrcaLoadReport in protobuf's JSON: numbers, which may be texts, and objects of numbers, under
 * either of protobuf's spellings. Fields that it doesn't know are passed over.
 */
final class JsonReport {

  private static final Set<String> MAPS =
      Set.of(LoadReport.NAMED_METRICS, LoadReport.UTILIZATION, LoadReport.REQUEST_COST);

  private final String json;
  private int at;
  private final Map<String, Double> metrics = new HashMap<>();

  private JsonReport(String json) {
    this.json = json;
  }

  /**
   * @throws IllegalArgumentException if it is none
   */
  static Map<String, Double> read(String json) {
    JsonReport report = new JsonReport(json);
    report.members("");
    report.space();
    report.require(report.at == json.length());
    return report.metrics;
  }

  /**
   * @param of what the members' names begin with
   */
  private void members(String of) {
    expect('{');
    if (next('}')) {
      return;
    }
    do {
      String name = text();
      expect(':');
      value(of.isEmpty() ? snakeCase(name) : of + "." + name, of.isEmpty());
    } while (next(','));
    expect('}');
  }

  private void value(String name, boolean top) {
    space();
    char first = at < json.length() ? json.charAt(at) : ' ';
    if (first == '{') {
      require(top);
      members(MAPS.contains(name) ? name : "?");
    } else if (first == '"') {
      metrics.put(name, LoadReport.number(text()));
    } else if (!word("null")) {
      int from = at;
      while (at < json.length() && "+-.eE0123456789".indexOf(json.charAt(at)) >= 0) {
        at++;
      }
      metrics.put(name, LoadReport.number(json.substring(from, at)));
    }
  }

  private boolean word(String word) {
    boolean there = json.startsWith(word, at);
    at += there ? word.length() : 0;
    return there;
  }

  /** Without escapes, which no metric's name needs. */
  private String text() {
    expect('"');
    int end = json.indexOf('"', at);
    require(end >= 0);
    String text = json.substring(at, end);
    require(text.indexOf('\\') < 0);
    at = end + 1;
    return text;
  }

  private static String snakeCase(String name) {
    StringBuilder snake = new StringBuilder();
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      if (c >= 'A' && c <= 'Z') {
        snake.append('_').append((char) (c - 'A' + 'a'));
      } else {
        snake.append(c);
      }
    }
    return snake.toString();
  }

  private boolean next(char c) {
    space();
    boolean there = at < json.length() && json.charAt(at) == c;
    at += there ? 1 : 0;
    return there;
  }

  private void expect(char c) {
    require(next(c));
  }

  private void space() {
    while (at < json.length() && json.charAt(at) <= ' ') {
      at++;
    }
  }

  private void require(boolean condition) {
    if (!condition) {
      throw new IllegalArgumentException("not an OrcaLoadReport at " + at);
    }
  }
}
