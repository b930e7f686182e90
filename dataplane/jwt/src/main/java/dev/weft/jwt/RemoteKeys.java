package dev.weft.jwt;

import dev.weft.engine.Header;
import dev.weft.engine.model.JwtProvider.Keys.Remote;
import dev.weft.engine.spi.AsyncClient.Request;
import dev.weft.engine.spi.AsyncClient.Response;
import dev.weft.engine.spi.MeshRequests;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Keys that are fetched when the first token comes, and then behind the requests' backs: when they
 * have become old, and, every so often at most, when a token names a key that isn't among them.
 * What was good stays until something else is.
 */
final class RemoteKeys implements KeySource {

  private static final Logger log = Logger.getLogger(RemoteKeys.class.getName());

  /** Envoy's failed_refetch_duration. */
  private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);

  private static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);

  /** Between fetches for unknown keys, which anybody can make up. */
  private static final Duration UNKNOWN_KEY_PAUSE = Duration.ofSeconds(10);

  private static final int OK = 200;

  /** Fetches from outside the mesh. */
  @FunctionalInterface
  interface Direct {
    CompletionStage<Response> get(URI uri, Duration timeout);
  }

  private final Remote remote;
  private final URI uri;
  private final Direct direct;
  private final InstantSource clock;
  private final AtomicReference<@Nullable CompletableFuture<?>> fetching = new AtomicReference<>();

  private volatile @Nullable PublicKeys current;
  private volatile Instant due = Instant.MIN;
  private volatile Instant unknownKeyDue = Instant.MIN;
  private volatile Duration pause = FIRST_PAUSE;

  /**
   * @throws IllegalArgumentException if the URI is none
   */
  RemoteKeys(Remote remote, Direct direct, InstantSource clock) {
    this.remote = remote;
    this.uri = URI.create(remote.uri());
    this.direct = direct;
    this.clock = clock;
  }

  @Override
  public @Nullable PublicKeys current() {
    return current;
  }

  @Override
  public @Nullable CompletionStage<?> refresh(boolean unknownKey, MeshRequests mesh) {
    Instant now = clock.instant();
    CompletableFuture<?> running = fetching.get();
    boolean wanted =
        !now.isBefore(due) || (unknownKey && current != null && !now.isBefore(unknownKeyDue));
    if (running == null && wanted) {
      CompletableFuture<Object> fetch = new CompletableFuture<>();
      if (fetching.compareAndSet(null, fetch)) {
        unknownKeyDue = now.plus(UNKNOWN_KEY_PAUSE);
        fetch(mesh, fetch);
        running = fetch;
      } else {
        running = fetching.get();
      }
    }
    return current == null || unknownKey ? running : null;
  }

  private void fetch(MeshRequests mesh, CompletableFuture<Object> done) {
    CompletionStage<Response> response;
    try {
      response = request(mesh);
    } catch (RuntimeException | Error e) {
      // Else it would be taken to go on for ever, and whoever shows a token would wait for it.
      response = CompletableFuture.failedFuture(e);
    }
    CompletionStage<?> unused =
        response
            .toCompletableFuture()
            .copy()
            .orTimeout(remote.timeout().toMillis(), TimeUnit.MILLISECONDS)
            .whenComplete(
                (found, failure) -> {
                  try {
                    take(found, failure);
                  } finally {
                    fetching.set(null);
                    done.complete(remote);
                  }
                });
  }

  private CompletionStage<Response> request(MeshRequests mesh) {
    // What is outside the mesh, or speaks its own TLS, is no business of the mesh's.
    if (!remote.cluster().isEmpty() && "http".equals(uri.getScheme())) {
      String path = uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
      Request request =
          new Request(
              "GET",
              uri.getRawAuthority(),
              uri.getRawQuery() == null ? path : path + "?" + uri.getRawQuery(),
              List.of(new Header("accept", "application/json")),
              new byte[0]);
      CompletionStage<Response> response = mesh.send(remote.cluster(), request, remote.timeout());
      if (response != null) {
        return response;
      }
    }
    return direct.get(uri, remote.timeout());
  }

  private void take(@Nullable Response response, @Nullable Throwable failure) {
    try {
      if (response == null) {
        throw new IOException(
            failure instanceof CompletionException ? failure.getCause() : failure);
      } else if (response.status() != OK) {
        throw new IOException("status " + response.status());
      }
      current = PublicKeys.parse(new String(response.body(), StandardCharsets.UTF_8));
      Duration cached = remote.cacheFor();
      due = clock.instant().plus(cached.compareTo(FIRST_PAUSE) < 0 ? FIRST_PAUSE : cached);
      pause = FIRST_PAUSE;
    } catch (IOException | ParseException e) {
      Duration next = pause;
      due = clock.instant().plus(next);
      pause =
          next.multipliedBy(2).compareTo(LONGEST_PAUSE) < 0 ? next.multipliedBy(2) : LONGEST_PAUSE;
      log.warning(
          "keys of "
              + uri
              + ": "
              + e.getMessage()
              + (current == null
                  ? "; no token of theirs is believed"
                  : "; going on with the old ones"));
    }
  }
}
