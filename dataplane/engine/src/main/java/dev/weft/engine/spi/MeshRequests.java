package dev.weft.engine.spi;

import dev.weft.engine.Header;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Sends the data plane's own requests to the mesh's clusters: load-balanced, in the mesh's TLS. */
public interface MeshRequests {

  /** Knows no cluster. */
  MeshRequests NONE =
      new MeshRequests() {
        @Override
        public @Nullable CompletionStage<AsyncClient.Response> send(
            String cluster, AsyncClient.Request request, Duration timeout) {
          return null;
        }

        @Override
        public @Nullable CompletionStage<byte[]> unary(
            String cluster,
            String authority,
            String method,
            List<Header> metadata,
            byte[] message,
            Duration timeout) {
          return null;
        }
      };

  /**
   * @return null if there is no cluster of that name; else as {@link AsyncClient#send}, or failed
   *     if no endpoint can be asked
   */
  @Nullable CompletionStage<AsyncClient.Response> send(
      String cluster, AsyncClient.Request request, Duration timeout);

  /**
   * @return null if there is no cluster of that name; else as {@link AsyncClient#unary}, or failed
   *     if no endpoint can be asked
   */
  @Nullable CompletionStage<byte[]> unary(
      String cluster,
      String authority,
      String method,
      List<Header> metadata,
      byte[] message,
      Duration timeout);
}
