package dev.weft.workload;

import dev.weft.engine.spi.ConfigurationSource;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Stands in for the configuration client until a background thread has made it: loading gRPC takes
 * longer than an application's start should wait. Made before the application's main class runs, so
 * it makes no future until somebody waits: the first one in a JVM sets up the common pool, by
 * system properties that the application may be about to set.
 */
final class LateConfiguration implements ConfigurationSource {

  private @Nullable ConfigurationSource client;
  private @Nullable CompletableFuture<ConfigurationSource> awaited;

  private volatile String address = "";

  void arrived(ConfigurationSource made) {
    address = made.address();
    CompletableFuture<ConfigurationSource> waiting;
    synchronized (this) {
      client = made;
      waiting = awaited;
    }
    if (waiting != null) {
      waiting.complete(made);
    }
  }

  private synchronized CompletionStage<ConfigurationSource> source() {
    if (client != null) {
      return CompletableFuture.completedStage(client);
    }
    if (awaited == null) {
      awaited = new CompletableFuture<>();
    }
    return awaited;
  }

  @Override
  public CompletionStage<?> demand(String listener) {
    return source().thenCompose(made -> made.demand(listener));
  }

  @Override
  public CompletionStage<?> namesKnown() {
    return source().thenCompose(ConfigurationSource::namesKnown);
  }

  @Override
  public String address() {
    return address;
  }
}
