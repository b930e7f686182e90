package dev.weft.workload;

import dev.weft.engine.spi.ConfigurationSource;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Stands in for the configuration client until a background thread has made it: loading gRPC takes
 * longer than an application's start should wait.
 */
final class LateConfiguration implements ConfigurationSource {

  private final CompletableFuture<ConfigurationSource> source = new CompletableFuture<>();

  void arrived(ConfigurationSource client) {
    source.complete(client);
  }

  @Override
  public CompletionStage<?> demand(String listener) {
    return source.thenCompose(client -> client.demand(listener));
  }

  @Override
  public CompletionStage<?> namesKnown() {
    return source.thenCompose(ConfigurationSource::namesKnown);
  }
}
