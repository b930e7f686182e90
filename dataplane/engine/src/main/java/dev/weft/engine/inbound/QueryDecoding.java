package dev.weft.engine.inbound;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;

/** Reads names and values of a query as servers do. */
final class QueryDecoding {

  private QueryDecoding() {}

  /** As it is written where it can't be decoded. */
  static String decoded(String text) {
    try {
      return text.indexOf('%') < 0 && text.indexOf('+') < 0
          ? text
          : URLDecoder.decode(text, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return text;
    }
  }
}
