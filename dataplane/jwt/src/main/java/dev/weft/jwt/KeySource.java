package dev.weft.jwt;

import dev.weft.engine.spi.MeshRequests;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Where a provider's keys come from. */
interface KeySource {

  /** The keys as they were last found good; null if they never were. */
  @Nullable PublicKeys current();

  /**
   * Has them fetched if that is due.
   *
   * @param unknownKey whether a token names a key that is not among them
   * @return what to wait for; null if there is nothing to be had by waiting
   */
  @Nullable CompletionStage<?> refresh(boolean unknownKey, MeshRequests mesh);
}
