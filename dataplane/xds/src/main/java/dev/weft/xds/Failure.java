package dev.weft.xds;

import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import org.jspecify.annotations.Nullable;

/** Words for why a stream ended; gRPC keeps the reason that helps among the causes. */
final class Failure {

  private Failure() {}

  /**
   * Whether it is the server's word on who we are, and no outage: with the same token it would say
   * so again.
   */
  static boolean isRefusal(@Nullable Throwable cause) {
    return cause instanceof StatusRuntimeException e
        && (e.getStatus().getCode() == Code.UNAUTHENTICATED
            || e.getStatus().getCode() == Code.PERMISSION_DENIED);
  }

  /** Whether the server doesn't have the method. */
  static boolean isUnimplemented(@Nullable Throwable cause) {
    return cause instanceof StatusRuntimeException e
        && e.getStatus().getCode() == Code.UNIMPLEMENTED;
  }

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
