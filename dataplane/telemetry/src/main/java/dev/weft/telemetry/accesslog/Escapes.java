package dev.weft.telemetry.accesslog;

/**
 * Text as lines and JSON (a log's, Zipkin's) have it, so that what a caller sends can't pass for a
 * line, or a field, of ours.
 */
public final class Escapes {

  private Escapes() {}

  /** As part of a line: control characters, quotes and backslashes as {@code \xNN}. */
  static void text(StringBuilder line, String value) {
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c < ' ' || c == '"' || c == '\\' || (c >= 0x7f && c < 0xa0)) {
        line.append(String.format("\\x%02x", (int) c));
      } else {
        line.append(c);
      }
    }
  }

  /** As a string of JSON's, with its quotes. */
  public static StringBuilder json(StringBuilder json, String value) {
    json.append('"');
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c == '"' || c == '\\') {
        json.append('\\').append(c);
      } else if (c < ' ' || c == 0x7f || (Character.isSurrogate(c) && !paired(value, i))) {
        json.append(String.format("\\u%04x", (int) c));
      } else {
        json.append(c);
      }
    }
    return json.append('"');
  }

  private static boolean paired(String value, int i) {
    return Character.isHighSurrogate(value.charAt(i))
        ? i + 1 < value.length() && Character.isLowSurrogate(value.charAt(i + 1))
        : i > 0 && Character.isHighSurrogate(value.charAt(i - 1));
  }
}
