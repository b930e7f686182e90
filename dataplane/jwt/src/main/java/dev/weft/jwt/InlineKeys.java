package dev.weft.jwt;

import dev.weft.engine.spi.MeshRequests;
import java.text.ParseException;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Keys that stand in the configuration. */
final class InlineKeys implements KeySource {

  private static final String NONE = "{\"keys\":[]}";

  private final PublicKeys keys;

  InlineKeys(String jwks) {
    PublicKeys parsed;
    try {
      parsed = PublicKeys.parse(jwks);
    } catch (ParseException e) {
      parsed = none();
    }
    keys = parsed;
  }

  private static PublicKeys none() {
    try {
      return PublicKeys.parse(NONE);
    } catch (ParseException e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public PublicKeys current() {
    return keys;
  }

  @Override
  public @Nullable CompletionStage<?> refresh(boolean unknownKey, MeshRequests mesh) {
    return null;
  }
}
