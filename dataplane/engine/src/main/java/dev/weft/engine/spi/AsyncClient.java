package dev.weft.engine.spi;

import dev.weft.engine.Header;
import dev.weft.engine.outbound.ConnectionKey;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;

/**
 * Sends the requests that the data plane makes on its own account (Envoy's {@code AsyncClient}): to
 * authorizers, rate limiters, key sets, health checks and mirrors. They are never intercepted,
 * routed, retried or judged. Methods return at once.
 */
public interface AsyncClient {

  /**
   * Whether a header of a request is made by the client, for it belongs to the connection or frames
   * the message.
   *
   * @param name lower-case
   */
  static boolean isItsOwn(String name) {
    return switch (name) {
      case "connection",
          "content-length",
          "expect",
          "host",
          "http2-settings",
          "keep-alive",
          "proxy-connection",
          "te",
          "trailer",
          "transfer-encoding",
          "upgrade" ->
          true;
      default -> name.startsWith(":");
    };
  }

  /**
   * Sends an HTTP/1.1 request.
   *
   * @param to endpoint and security of the connection
   * @param timeout of everything, the connection's making included
   * @return the response, whatever its status; completes exceptionally if there was none in time
   */
  CompletionStage<Response> send(ConnectionKey to, Request request, Duration timeout);

  /**
   * Makes a unary gRPC call.
   *
   * @param method {@code package.Service/Method}
   * @param metadata beside what gRPC sets itself
   * @param message encoded
   * @return the encoded answer; completes exceptionally with any status but OK
   */
  CompletionStage<byte[]> unary(
      ConnectionKey to,
      String authority,
      String method,
      List<Header> metadata,
      byte[] message,
      Duration timeout);

  /**
   * @param path path and query
   * @param headers without those that {@link AsyncClient#isItsOwn}
   */
  @SuppressWarnings("ArrayRecordComponent") // handed on, never compared
  record Request(String method, String authority, String path, List<Header> headers, byte[] body) {}

  /**
   * @param headers names in lower case
   */
  @SuppressWarnings("ArrayRecordComponent") // handed on, never compared
  record Response(int status, List<Header> headers, byte[] body) {}
}
