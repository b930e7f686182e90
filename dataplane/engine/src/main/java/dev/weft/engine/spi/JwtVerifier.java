package dev.weft.engine.spi;

import dev.weft.engine.model.JwtProvider;
import java.util.Map;
import java.util.concurrent.CompletionStage;

/** Says whether a token is what it claims to be. Keeps the issuers' keys. */
public interface JwtVerifier {

  /** Believes nothing. */
  JwtVerifier NONE = (token, provider, mesh) -> new Failed("Jwt verification fails", 401);

  /**
   * Never blocks.
   *
   * @param mesh for keys that are to be had through the mesh
   */
  Outcome verify(String token, JwtProvider provider, MeshRequests mesh);

  /** What came of it. */
  sealed interface Outcome {}

  /**
   * @param payload as in the token: base64url without padding
   * @param claims as in JSON: String, Number, Boolean, List, Map
   */
  record Verified(String payload, Map<String, ?> claims) implements Outcome {}

  /**
   * @param words Envoy's, e.g. {@code Jwt is expired}
   * @param status 401, or 403 for an audience that isn't allowed
   */
  record Failed(String words, int status) implements Outcome {}

  /** Keys are being fetched; then is to be asked again. Completes in bounded time. */
  record Fetching(CompletionStage<?> until) implements Outcome {}
}
