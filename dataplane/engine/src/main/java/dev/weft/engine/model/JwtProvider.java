package dev.weft.engine.model;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Whose tokens are believed, where they are looked for and what becomes of them: Envoy's
 * JwtProvider. Without a place to look, that is {@code Authorization: Bearer} and then the query's
 * {@code access_token}.
 *
 * @param issuer empty: any
 * @param audiences one of which the token must name; empty: any
 * @param forward whether the application sees the token
 * @param payloadHeader gets the payload, base64url without padding; null: none. Whatever a client
 *     sends by this name is taken away
 * @param claimHeaders the same for single claims
 * @param spaceDelimited claims that are lists written as one string
 * @param exposed whether conditions on claims see this provider's tokens
 */
public record JwtProvider(
    String issuer,
    List<String> audiences,
    Keys keys,
    boolean forward,
    List<FromHeader> fromHeaders,
    List<String> fromParams,
    List<String> fromCookies,
    @Nullable String payloadHeader,
    List<ClaimHeader> claimHeaders,
    Set<String> spaceDelimited,
    boolean exposed,
    Duration clockSkew) {

  public JwtProvider {
    audiences = List.copyOf(audiences);
    fromHeaders = List.copyOf(fromHeaders);
    fromParams = List.copyOf(fromParams);
    fromCookies = List.copyOf(fromCookies);
    claimHeaders = List.copyOf(claimHeaders);
    spaceDelimited = Set.copyOf(spaceDelimited);
  }

  /**
   * @param name lower-case
   * @param prefix what comes before the token; empty: nothing
   */
  public record FromHeader(String name, String prefix) {}

  /**
   * @param header lower-case
   * @param claim one within another with a dot between them
   */
  public record ClaimHeader(String header, String claim) {}

  /** Where the public keys are (a JSON Web Key Set, RFC 7517). */
  public sealed interface Keys {

    record Inline(String jwks) implements Keys {}

    /**
     * @param cluster through which to ask, if there is one of that name
     * @param cacheFor after which time they are fetched anew
     */
    record Remote(String uri, String cluster, Duration timeout, Duration cacheFor)
        implements Keys {}
  }
}
