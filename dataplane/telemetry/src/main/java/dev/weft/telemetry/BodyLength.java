package dev.weft.telemetry;

import dev.weft.engine.HeaderSource;

/** What a message's head says of how long its body is. */
final class BodyLength {

  private static final int NO_CONTENT = 204;
  private static final int NOT_MODIFIED = 304;

  private BodyLength() {}

  /**
   * @return bytes; -1 if the head doesn't say
   */
  static long ofResponse(String method, int status, HeaderSource head) {
    return isEmpty(method, status) ? 0 : head.number("content-length");
  }

  /** Whether there is none, whatever the head says (RFC 9110 §6.4.1). */
  static boolean isEmpty(String method, int status) {
    return status == NO_CONTENT || status == NOT_MODIFIED || method.equals("HEAD");
  }
}
