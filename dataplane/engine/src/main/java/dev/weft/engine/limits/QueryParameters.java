package dev.weft.engine.limits;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Reads a request's query, decoded, as Envoy's rate limit actions do. */
final class QueryParameters {

  private QueryParameters() {}

  /**
   * The first value of that name; null if there is none.
   *
   * @param target path and query
   */
  static @Nullable String first(String target, String name) {
    int start = target.indexOf('?') + 1;
    while (start > 0 && start < target.length()) {
      int ampersand = target.indexOf('&', start);
      int end = ampersand < 0 ? target.length() : ampersand;
      int equals = target.indexOf('=', start);
      int nameEnd = equals < 0 || equals > end ? end : equals;
      if (decoded(target.substring(start, nameEnd)).equals(name)) {
        return nameEnd == end ? "" : decoded(target.substring(nameEnd + 1, end));
      }
      start = end + 1;
    }
    return null;
  }

  private static String decoded(String text) {
    if (text.indexOf('%') < 0) {
      return text;
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(text.length());
    byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
    for (int i = 0; i < encoded.length; i++) {
      boolean whole = i + 2 < encoded.length;
      int high = whole ? Character.digit(encoded[i + 1], 16) : -1;
      int low = whole ? Character.digit(encoded[i + 2], 16) : -1;
      if (encoded[i] == '%' && high >= 0 && low >= 0) {
        bytes.write(high << 4 | low);
        i += 2;
      } else {
        bytes.write(encoded[i]);
      }
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }
}
