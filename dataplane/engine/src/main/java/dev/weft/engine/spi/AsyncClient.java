package dev.weft.engine.spi;

import dev.weft.engine.Header;
import dev.weft.engine.outbound.ConnectionKey;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Sends the requests that the data plane makes on its own account (Envoy's {@code AsyncClient}): to
 * authorizers, rate limiters, key sets, health checks and mirrors. They are never intercepted,
 * routed, retried or judged. Methods return at once; stages complete on a thread of the client's,
 * outside {@link dev.weft.engine.RequestContext#OWN}: what depends on them must not block.
 */
public interface AsyncClient {

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
   * @return the encoded answer; completes exceptionally with any status but OK, with {@link
   *     CallFailed} if it is known
   */
  CompletionStage<byte[]> unary(
      ConnectionKey to,
      String authority,
      String method,
      List<Header> metadata,
      byte[] message,
      Duration timeout);

  /**
   * Connects, sends, and reads until all of this has come, one after the other, whatever comes in
   * between. The connection is closed in the end.
   *
   * @param send may be empty
   * @param receive empty: to be connected, and to have sent, is enough
   * @return completes exceptionally if it didn't come to that in time
   */
  CompletionStage<?> converse(
      ConnectionKey to, byte[] send, List<byte[]> receive, Duration timeout);

  /** A gRPC call's status, other than OK. */
  final class CallFailed extends IOException {

    private static final long serialVersionUID = 1;

    /** CANCELLED, DEADLINE_EXCEEDED and UNAVAILABLE. */
    private static final Set<Integer> CONNECTION = Set.of(1, 4, 14);

    private final int status;

    public CallFailed(int status, String message, @Nullable Throwable cause) {
      super(message, cause);
      this.status = status;
    }

    /** By grpc.Status' numbers. */
    public int status() {
      return status;
    }

    /** Whether it is the server's own word, and not a connection's that failed or was too slow. */
    public boolean isAnswer() {
      return !CONNECTION.contains(status);
    }
  }

  /**
   * @param path path and query
   * @param headers those that {@link Header#belongsToConnection belong to the connection} are not
   *     sent
   */
  @SuppressWarnings("ArrayRecordComponent") // handed on, never compared
  record Request(String method, String authority, String path, List<Header> headers, byte[] body) {}

  /**
   * @param headers names in lower case
   */
  @SuppressWarnings("ArrayRecordComponent") // handed on, never compared
  record Response(int status, List<Header> headers, byte[] body) {}
}
