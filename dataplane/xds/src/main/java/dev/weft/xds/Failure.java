package dev.weft.xds;

import org.jspecify.annotations.Nullable;

/** Words for why a stream ended; gRPC keeps the reason that helps among the causes. */
final class Failure {

  private Failure() {}

  /**
   * @param cause null if the server ended the stream in good order
   */
  static String text(@Nullable Throwable cause) {
    if (cause == null) {
      return "the server ended the stream";
    }
    StringBuilder text = new StringBuilder(String.valueOf(cause.getMessage()));
    for (Throwable next = cause.getCause(); next != null; next = next.getCause()) {
      text.append("; ").append(next);
    }
    return text.toString().replace('\n', ' ');
  }
}
