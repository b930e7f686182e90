package dev.weft.jwt;

import dev.weft.engine.model.JwtProvider;
import dev.weft.engine.model.JwtProvider.Keys;
import dev.weft.engine.spi.JwtVerifier;
import dev.weft.engine.spi.MeshRequests;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/**
 * Envoy's order and Envoy's words: form, issuer, time, audience, keys, signature. Tokens whose
 * signature was good are remembered, since that is what costs; their time is looked at again.
 */
public final class TokenVerifier implements JwtVerifier {

  private static final int UNAUTHORIZED = 401;
  private static final int FORBIDDEN = 403;

  private static final Failed UNKNOWN_ISSUER = unauthorized("Jwt issuer is not configured");
  private static final Failed NOT_YET = unauthorized("Jwt not yet valid");
  private static final Failed EXPIRED = unauthorized("Jwt is expired");
  private static final Failed BAD_AUDIENCE =
      new Failed("Audiences in Jwt are not allowed", FORBIDDEN);
  private static final Failed NO_KEYS = unauthorized("Jwks doesn't have any valid public key");
  private static final Failed NOT_FETCHED = unauthorized("Jwks remote fetch is failed");
  private static final Failed UNKNOWN_KEY =
      unauthorized("Jwks doesn't have key to match kid or alg from Jwt");
  private static final Failed WRONG_LENGTH = unauthorized("Jwt ED25519 signature is wrong length");
  private static final Failed BAD_SIGNATURE = unauthorized("Jwt verification fails");

  /** Providers of configurations of before stay among them until there are this many. */
  private static final int MOST_SOURCES = 256;

  private final RemoteKeys.Direct direct;
  private final InstantSource clock;
  private final ConcurrentMap<Keys, KeySource> sources = new ConcurrentHashMap<>();

  public TokenVerifier() {
    this(new HttpsKeys(), InstantSource.system());
  }

  TokenVerifier(RemoteKeys.Direct direct, InstantSource clock) {
    this.direct = direct;
    this.clock = clock;
  }

  private static Failed unauthorized(String words) {
    return new Failed(words, UNAUTHORIZED);
  }

  @Override
  public Outcome verify(String token, JwtProvider provider, MeshRequests mesh) {
    KeySource source = source(provider.keys());
    PublicKeys keys = source.current();
    Verified known = keys == null ? null : keys.verified.get(token);
    if (known != null) {
      CompletionStage<?> unused = source.refresh(false, mesh);
      Failed wrong = wrong(known.claims(), provider);
      return wrong == null ? known : wrong;
    }
    ParsedToken parsed;
    try {
      parsed = ParsedToken.parse(token);
    } catch (ParsedToken.Malformed e) {
      return unauthorized(String.valueOf(e.getMessage()));
    }
    Failed wrong = wrong(parsed.claims(), provider);
    if (wrong != null) {
      return wrong;
    }
    CompletionStage<?> fetch = source.refresh(false, mesh);
    keys = source.current();
    if (keys == null) {
      return fetch == null ? NOT_FETCHED : new Fetching(fetch);
    }
    PublicKeys.Signature signature =
        keys.judge(parsed.header(), parsed.signed(), parsed.signature());
    if (signature == PublicKeys.Signature.VALID) {
      Verified verified = new Verified(parsed.payload(), parsed.claims());
      keys.verified.put(token, verified);
      return verified;
    } else if (signature == PublicKeys.Signature.INVALID) {
      return BAD_SIGNATURE;
    } else if (signature == PublicKeys.Signature.OF_WRONG_LENGTH) {
      return WRONG_LENGTH;
    }
    // The issuer may have new keys.
    fetch = source.refresh(true, mesh);
    return fetch != null ? new Fetching(fetch) : keys.isEmpty() ? NO_KEYS : UNKNOWN_KEY;
  }

  private KeySource source(Keys keys) {
    KeySource known = sources.get(keys);
    if (known != null) {
      return known;
    }
    if (sources.size() >= MOST_SOURCES) {
      sources.clear();
    }
    return sources.computeIfAbsent(
        keys,
        absent ->
            absent instanceof Keys.Inline inline
                ? new InlineKeys(inline.jwks())
                : new RemoteKeys((Keys.Remote) absent, direct, clock));
  }

  private @Nullable Failed wrong(Map<String, ?> claims, JwtProvider provider) {
    if (!provider.issuer().isEmpty() && !provider.issuer().equals(claims.get("iss"))) {
      return UNKNOWN_ISSUER;
    }
    long now = clock.instant().getEpochSecond();
    long skew = provider.clockSkew().toSeconds();
    if (claims.get("nbf") instanceof Number notBefore && now + skew < notBefore.longValue()) {
      return NOT_YET;
    }
    if (claims.get("exp") instanceof Number expiry && now > expiry.longValue() + skew) {
      return EXPIRED;
    }
    return provider.audiences().isEmpty() || isFor(claims.get("aud"), provider.audiences())
        ? null
        : BAD_AUDIENCE;
  }

  private static boolean isFor(@Nullable Object audience, List<String> allowed) {
    if (audience instanceof List<?> several) {
      return several.stream().anyMatch(one -> isFor(one, allowed));
    }
    return audience instanceof String one
        && allowed.stream().anyMatch(each -> sanitized(each).equals(sanitized(one)));
  }

  /** Envoy compares audiences without scheme and slash at the end. */
  private static String sanitized(String audience) {
    String bare = audience.replaceFirst("^https?://", "");
    return bare.endsWith("/") ? bare.substring(0, bare.length() - 1) : bare;
  }
}
