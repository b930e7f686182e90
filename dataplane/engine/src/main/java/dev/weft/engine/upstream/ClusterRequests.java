package dev.weft.engine.upstream;

import dev.weft.engine.GrpcStatus;
import dev.weft.engine.Header;
import dev.weft.engine.outbound.ConnectionKey;
import dev.weft.engine.spi.AsyncClient;
import dev.weft.engine.spi.AsyncClient.CallFailed;
import dev.weft.engine.spi.MeshRequests;
import dev.weft.engine.spi.MeshTls;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Picks an endpoint for each of the data plane's own requests, which count like any other for
 * balancing, circuit breakers and outlier detection.
 */
public final class ClusterRequests implements MeshRequests {

  private static final int OK = 200;
  private static final int UNAVAILABLE = 503;

  private final Function<String, @Nullable Upstream> clusters;
  private final AsyncClient client;
  private final MeshTls tls;

  /**
   * @param clusters by name, as of the moment
   */
  public ClusterRequests(
      Function<String, @Nullable Upstream> clusters, AsyncClient client, MeshTls tls) {
    this.clusters = clusters;
    this.client = client;
    this.tls = tls;
  }

  @Override
  public @Nullable CompletionStage<AsyncClient.Response> send(
      String cluster, AsyncClient.Request request, Duration timeout) {
    return ask(cluster, key -> client.send(key, request, timeout), AsyncClient.Response::status);
  }

  @Override
  public @Nullable CompletionStage<byte[]> unary(
      String cluster,
      String authority,
      String method,
      List<Header> metadata,
      byte[] message,
      Duration timeout) {
    return ask(
        cluster,
        key -> client.unary(key, authority, method, metadata, message, timeout),
        answer -> OK);
  }

  private <T> @Nullable CompletionStage<T> ask(
      String cluster,
      Function<ConnectionKey, CompletionStage<T>> request,
      ToIntFunction<T> status) {
    Upstream upstream = clusters.apply(cluster);
    if (upstream == null) {
      return null;
    }
    Target target = upstream.pick(null);
    if (target == null) {
      return failed("no healthy upstream", cluster);
    }
    ConnectionKey secured = target.secured();
    // What is asked may quote a request, and what is answered decides: neither is for plaintext.
    if (secured == null ? upstream.cluster().tlsRequired() : !secured.isReady(tls)) {
      return failed("no certificate to show to", cluster);
    }
    if (!upstream.acquire(target)) {
      return failed("overflow", cluster);
    }
    ConnectionKey key = secured == null ? target.plaintext() : secured;
    CompletionStage<T> sent;
    try {
      sent = request.apply(key);
    } catch (RuntimeException | Error e) {
      upstream.release(target);
      throw e;
    }
    return sent.whenComplete(
        (answer, failure) -> {
          upstream.release(target);
          if (failure == null) {
            upstream.responded(target, status.applyAsInt(answer));
          } else if (cause(failure) instanceof CallFailed call && call.isAnswer()) {
            upstream.responded(target, GrpcStatus.toHttp(call.status()));
          } else {
            upstream.failed(target, UNAVAILABLE);
          }
        });
  }

  private static Throwable cause(Throwable failure) {
    return failure instanceof CompletionException && failure.getCause() != null
        ? failure.getCause()
        : failure;
  }

  private static <T> CompletionStage<T> failed(String why, String cluster) {
    return CompletableFuture.failedFuture(new IOException(why + ": " + cluster));
  }
}
