package dev.weft.controlserver.identity;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import dev.weft.controlserver.state.StateDirectory;
import java.text.ParseException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Identity tokens of the standalone control server: JWTs signed (ES256) with a key in its state
 * directory, shaped like Kubernetes' service-account tokens, so that callers treat both alike.
 */
public final class SignedTokens implements TokenVerifier {
  private static final Logger log = LoggerFactory.getLogger(SignedTokens.class);
  private static final String AUDIENCE = "istio-ca";
  private static final String ISSUER = "weft-control-server";
  private static final String KEY_FILE = "token-key.json";

  private final ECKey key;
  private final Clock clock;

  private SignedTokens(ECKey key, Clock clock) {
    this.key = key;
    this.clock = clock;
  }

  /** With the key that the state directory holds, made now if there is none. */
  public static SignedTokens in(StateDirectory state, Clock clock) {
    String json =
        state.secret(
            KEY_FILE,
            () -> {
              log.info(
                  "{} is made: only servers with this state directory accept its tokens",
                  state.path(KEY_FILE));
              return newKey().toJSONString();
            });
    try {
      return new SignedTokens(ECKey.parse(json), clock);
    } catch (ParseException e) {
      throw new IllegalStateException(state.path(KEY_FILE) + " is not a key: " + e.getMessage(), e);
    }
  }

  private static ECKey newKey() {
    try {
      return new ECKeyGenerator(Curve.P_256).generate();
    } catch (JOSEException e) {
      throw new IllegalStateException("every Java platform has P-256", e);
    }
  }

  /** A token that proves the identity for the given time from now. */
  public String mint(Identity identity, Duration valid) {
    Instant now = clock.instant();
    SignedJWT jwt =
        new SignedJWT(
            new JWSHeader.Builder(JWSAlgorithm.ES256).type(JOSEObjectType.JWT).build(),
            new JWTClaimsSet.Builder()
                .issuer(ISSUER)
                .subject(identity.subject())
                .audience(AUDIENCE)
                .issueTime(Date.from(now))
                .expirationTime(Date.from(now.plus(valid)))
                .build());
    try {
      jwt.sign(new ECDSASigner(key));
    } catch (JOSEException e) {
      throw new IllegalStateException("signing with a key of our own", e);
    }
    return jwt.serialize();
  }

  @Override
  public Identity verify(String token) throws TokenRejected {
    try {
      SignedJWT jwt = SignedJWT.parse(token);
      // The verifier itself refuses any algorithm but its key's.
      if (!jwt.verify(new ECDSAVerifier(key))) {
        throw new TokenRejected("the token was not signed by this control server");
      }
      JWTClaimsSet claims = jwt.getJWTClaimsSet();
      if (!ISSUER.equals(claims.getIssuer()) || !claims.getAudience().contains(AUDIENCE)) {
        throw new TokenRejected("the token is not meant for this control server");
      }
      Date expiry = claims.getExpirationTime();
      if (expiry == null || !clock.instant().isBefore(expiry.toInstant())) {
        throw new TokenRejected("the token has expired");
      }
      return Identity.ofSubject(String.valueOf(claims.getSubject()));
    } catch (ParseException | JOSEException | IllegalArgumentException e) {
      throw new TokenRejected("what was given is no token of this control server", e);
    }
  }
}
