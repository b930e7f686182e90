package dev.weft.workload.admin;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/**
 * What an admin path answers.
 *
 * @param contentType of the body, charset included
 * @param repetitive whether to zip it is worth the while
 */
public record Page(int status, String contentType, boolean repetitive, Body body) {

  public Page(int status, String contentType, Body body) {
    this(status, contentType, false, body);
  }

  /** Written as it is made, so that a large one never is in memory whole. */
  @FunctionalInterface
  public interface Body {
    void writeTo(OutputStream out) throws IOException;
  }

  public static Page text(int status, String body) {
    return new Page(status, "text/plain; charset=utf-8", utf8(body));
  }

  public static Page json(String body) {
    return new Page(200, "application/json", utf8(body));
  }

  private static Body utf8(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return out -> out.write(bytes);
  }
}
