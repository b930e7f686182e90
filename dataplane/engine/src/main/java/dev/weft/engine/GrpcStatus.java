package dev.weft.engine;

import org.jspecify.annotations.Nullable;

/** gRPC over HTTP: what is one of its requests, and its statuses among HTTP's. */
public final class GrpcStatus {

  public static final int CANCELLED = 1;
  private static final int UNKNOWN = 2;
  public static final int DEADLINE_EXCEEDED = 4;
  private static final int PERMISSION_DENIED = 7;
  public static final int RESOURCE_EXHAUSTED = 8;
  private static final int UNIMPLEMENTED = 12;
  public static final int INTERNAL = 13;
  public static final int UNAVAILABLE = 14;
  private static final int UNAUTHENTICATED = 16;

  /** By gRPC status, as Envoy's {@code grpcToHttpStatus}. */
  private static final int[] HTTP = {
    200, 499, 500, 400, 504, 404, 409, 403, 429, 400, 409, 400, 501, 500, 503, 500, 401
  };

  static final String CONTENT_TYPE = "application/grpc";

  private GrpcStatus() {}

  /** {@code application/grpc}, by itself or with a format such as {@code +proto}. */
  public static boolean isGrpc(@Nullable String contentType) {
    return contentType != null
        && contentType.startsWith(CONTENT_TYPE)
        && (contentType.length() == CONTENT_TYPE.length()
            || contentType.charAt(CONTENT_TYPE.length()) == '+');
  }

  public static boolean isKnown(long status) {
    return status >= 0 && status < HTTP.length;
  }

  /**
   * The status in a response's headers, where it stands if there is no body.
   *
   * @return -1 if there is none, or none that gRPC defines
   */
  public static int in(HeaderSource headers) {
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
    return isKnown(status) ? status : -1;
  }

  public static int toHttp(int grpcStatus) {
    return HTTP[grpcStatus];
  }

  /** As Envoy's {@code httpToGrpcStatus}, after the gRPC project's table. */
  public static int ofHttp(int status) {
    return switch (status) {
      case 400 -> INTERNAL;
      case 401 -> UNAUTHENTICATED;
      case 403 -> PERMISSION_DENIED;
      case 404 -> UNIMPLEMENTED;
      case 429, 502, 503, 504 -> UNAVAILABLE;
      default -> UNKNOWN;
    };
  }
}
