package dev.weft.jwt;

import dev.weft.engine.RequestContext;
import dev.weft.engine.spi.AsyncClient.Response;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/** Fetches keys from outside the mesh, by the JDK's own client and trust, each on a thread. */
final class HttpsKeys implements RemoteKeys.Direct {

  /** Bytes; a key set has a few thousand. */
  private static final int LARGEST = 1 << 20;

  @Override
  public CompletionStage<Response> get(URI uri, Duration timeout) {
    CompletableFuture<Response> response = new CompletableFuture<>();
    Thread thread = new Thread(null, () -> fetch(uri, timeout, response), "weft-jwks", 0, false);
    thread.setDaemon(true);
    thread.setContextClassLoader(HttpsKeys.class.getClassLoader());
    thread.start();
    return response;
  }

  private static void fetch(URI uri, Duration timeout, CompletableFuture<Response> response) {
    // The mesh leaves alone what is done in this.
    RequestContext before = RequestContext.swap(RequestContext.OWN);
    try {
      HttpClient client =
          HttpClient.newBuilder()
              .connectTimeout(timeout)
              .followRedirects(HttpClient.Redirect.NORMAL)
              .version(HttpClient.Version.HTTP_1_1)
              .build();
      HttpRequest request =
          HttpRequest.newBuilder(uri).timeout(timeout).header("accept", "application/json").build();
      CompletableFuture<HttpResponse<byte[]>> exchange =
          client.sendAsync(request, head -> new LimitedBody(LARGEST));
      try {
        // The request's own timeout ends with the response's head.
        HttpResponse<byte[]> found = exchange.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        response.complete(new Response(found.statusCode(), List.of(), found.body()));
      } finally {
        exchange.cancel(true);
      }
    } catch (ExecutionException e) {
      response.completeExceptionally(e.getCause() == null ? e : e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      response.completeExceptionally(e);
    } catch (Throwable e) {
      response.completeExceptionally(e);
    } finally {
      RequestContext.swap(before);
    }
  }
}
