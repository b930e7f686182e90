package dev.weft.demo.process;

import java.io.IOException;
import java.net.BindException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;

/** Speaks HTTP as an outsider would. */
public final class Http {

  private static final HttpClient CLIENT =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(5))
          .build();

  private static final int FIRST_PORT = 20_000;
  private static final int PORT_PAIRS = 6_000;

  /** Begins anywhere, to keep out of the way of another process that does the same. */
  private static final AtomicInteger NEXT_PAIR =
      new AtomicInteger(ThreadLocalRandom.current().nextInt(PORT_PAIRS));

  private Http() {}

  /**
   * @param headers name, value, name, value, …
   */
  public static HttpResponse<String> get(String url, String... headers)
      throws IOException, InterruptedException {
    return send("GET", url, headers);
  }

  public static HttpResponse<String> send(String method, String url, String... headers)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(url))
            .timeout(Duration.ofSeconds(30))
            .method(method, BodyPublishers.noBody());
    if (headers.length > 0) {
      request.headers(headers);
    }
    return CLIENT.send(request.build(), BodyHandlers.ofString());
  }

  /**
   * A port that nothing listened on a moment ago, nor on the one after it, which an agent takes
   * beside its admin port. No port is given twice, and none is of those that systems take for
   * outgoing connections, so that nobody takes it before its owner has started.
   */
  public static int freePort() throws IOException {
    while (true) {
      int port = FIRST_PORT + 2 * Math.floorMod(NEXT_PAIR.getAndIncrement(), PORT_PAIRS);
      try (ServerSocket first = new ServerSocket(port);
          ServerSocket second = new ServerSocket(port + 1)) {
        return Math.min(first.getLocalPort(), second.getLocalPort());
      } catch (BindException e) {
        // taken: the next one
      }
    }
  }
}
