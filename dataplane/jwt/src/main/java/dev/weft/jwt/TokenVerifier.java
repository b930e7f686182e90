package dev.weft.jwt;

import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.util.Base64URL;
import com.nimbusds.jose.util.JSONObjectUtils;
import dev.weft.engine.model.JwtProvider;
import dev.weft.engine.model.JwtProvider.Keys;
import dev.weft.engine.spi.JwtVerifier;
import dev.weft.engine.spi.MeshRequests;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
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

  private static final Failed BAD_FORM =
      unauthorized(
          "Jwt is not in the form of Header.Payload.Signature with two dots and 3 sections");
  private static final Failed BAD_HEADER = unauthorized("Jwt header is an invalid JSON");
  private static final Failed BAD_PAYLOAD = unauthorized("Jwt payload is an invalid JSON");
  private static final Failed UNKNOWN_ISSUER = unauthorized("Jwt issuer is not configured");
  private static final Failed NOT_YET = unauthorized("Jwt not yet valid");
  private static final Failed EXPIRED = unauthorized("Jwt is expired");
  private static final Failed BAD_AUDIENCE =
      new Failed("Audiences in Jwt are not allowed", FORBIDDEN);
  private static final Failed NO_KEYS = unauthorized("Jwks doesn't have any valid public key");
  private static final Failed NOT_FETCHED = unauthorized("Jwks remote fetch is failed");
  private static final Failed UNKNOWN_KEY =
      unauthorized("Jwks doesn't have key to match kid or alg from Jwt");
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
    String[] parts = token.split("\\.", -1);
    if (parts.length != 3) {
      return BAD_FORM;
    }
    Base64URL payload = new Base64URL(parts[1]);
    JWSHeader header;
    try {
      header = JWSHeader.parse(new Base64URL(parts[0]));
    } catch (ParseException | IllegalArgumentException e) {
      return BAD_HEADER;
    }
    Map<String, Object> claims;
    try {
      claims = JSONObjectUtils.parse(payload.decodeToString());
    } catch (ParseException e) {
      return BAD_PAYLOAD;
    }
    Failed wrong = wrong(claims, provider);
    if (wrong != null) {
      return wrong;
    }
    CompletionStage<?> fetch = source.refresh(false, mesh);
    keys = source.current();
    if (keys == null) {
      return fetch == null ? NOT_FETCHED : new Fetching(fetch);
    }
    byte[] signed = (parts[0] + "." + parts[1]).getBytes(StandardCharsets.US_ASCII);
    PublicKeys.Signature signature = keys.judge(header, signed, new Base64URL(parts[2]));
    if (signature == PublicKeys.Signature.VALID) {
      Verified verified = new Verified(parts[1], claims);
      keys.verified.put(token, verified);
      return verified;
    } else if (signature == PublicKeys.Signature.INVALID) {
      return BAD_SIGNATURE;
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
    if (!isTime(claims, "nbf") || !isTime(claims, "exp")) {
      return BAD_PAYLOAD;
    }
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

  private static boolean isTime(Map<String, ?> claims, String name) {
    return !claims.containsKey(name) || claims.get(name) instanceof Number;
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
