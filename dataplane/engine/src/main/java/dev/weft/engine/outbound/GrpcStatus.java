package dev.weft.engine.outbound;

import dev.weft.engine.HeaderSource;
import org.jspecify.annotations.Nullable;

/** The {@code grpc-status} that stands in a response's headers when it has no body. */
final class GrpcStatus {

  static final int CANCELLED = 1;
  static final int DEADLINE_EXCEEDED = 4;
  static final int RESOURCE_EXHAUSTED = 8;
  static final int INTERNAL = 13;
  static final int UNAVAILABLE = 14;

  /** By gRPC status, as Envoy's {@code grpcToHttpStatus}. */
  private static final int[] HTTP = {
    200, 499, 500, 400, 504, 404, 409, 403, 429, 400, 409, 400, 501, 500, 503, 500, 401
  };

  private GrpcStatus() {}

  static boolean isGrpc(@Nullable String contentType) {
    return contentType != null && contentType.startsWith("application/grpc");
  }

  /**
   * @return -1 if there is none, or none that gRPC defines
   */
  static int in(HeaderSource headers) {
    String value = headers.header("grpc-status");
    if (value == null || value.isEmpty() || value.length() > 2) {
      return -1;
    }
    int status = 0;
    for (int i = 0; i < value.length(); i++) {
      int digit = value.charAt(i) - '0';
      if (digit < 0 || digit > 9) {
        return -1;
      }
      status = status * 10 + digit;
    }
    return status < HTTP.length ? status : -1;
  }

  static int toHttp(int grpcStatus) {
    return HTTP[grpcStatus];
  }
}
