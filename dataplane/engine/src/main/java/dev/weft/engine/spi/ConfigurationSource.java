package dev.weft.engine.spi;

import java.util.concurrent.CompletionStage;

/** Where configuration comes from; what comes is handed to the engine as snapshots. */
public interface ConfigurationSource {

  /**
   * A call to this listener is about to be made for the first time. The stage completes when the
   * engine has been given what there is about it, or has been told that there is nothing; never
   * exceptionally.
   *
   * @param listener {@code host:port}, the host as the name table spells it
   */
  CompletionStage<?> demand(String listener);

  /** Completes when the engine has been given the name tables for the first time. */
  CompletionStage<?> namesKnown();

  /** This workload's own IP address; empty as long as it isn't known. */
  default String address() {
    return "";
  }
}
