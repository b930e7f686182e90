package dev.weft.jwt;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.crypto.MACVerifier;
import com.nimbusds.jose.crypto.RSASSAVerifier;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.OctetKeyPair;
import com.nimbusds.jose.jwk.OctetSequenceKey;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.util.Base64URL;
import dev.weft.engine.spi.JwtVerifier.Verified;
import java.text.ParseException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A key set, and the tokens that its keys have been found to have signed. */
final class PublicKeys {

  /** What a signature turned out to be. */
  enum Signature {
    VALID,
    INVALID,
    /** By Ed25519, of which all signatures are equally long. */
    OF_WRONG_LENGTH,
    /** No key has the token's key ID, or its algorithm. */
    OF_AN_UNKNOWN_KEY
  }

  private record Key(@Nullable String id, @Nullable String algorithm, JWSVerifier verifier) {}

  private final List<Key> keys;
  final RecentTokens<Verified> verified = new RecentTokens<>();

  private PublicKeys(List<Key> keys) {
    this.keys = keys;
  }

  /**
   * @param jwks a JSON Web Key Set; keys that can't verify signatures are left out
   * @throws ParseException if it is none
   */
  static PublicKeys parse(String jwks) throws ParseException {
    List<Key> keys = new ArrayList<>();
    for (JWK jwk : JWKSet.parse(jwks).getKeys()) {
      JWSVerifier verifier = verifier(jwk);
      if (verifier != null) {
        String algorithm = jwk.getAlgorithm() == null ? null : jwk.getAlgorithm().getName();
        keys.add(new Key(jwk.getKeyID(), algorithm, verifier));
      }
    }
    return new PublicKeys(keys);
  }

  private static @Nullable JWSVerifier verifier(JWK jwk) {
    try {
      if (jwk instanceof RSAKey rsa) {
        return new RSASSAVerifier(rsa);
      } else if (jwk instanceof ECKey ec) {
        return new ECDSAVerifier(ec);
      } else if (jwk instanceof OctetKeyPair edwards) {
        return new EdDsaVerifier(edwards);
      } else if (jwk instanceof OctetSequenceKey secret) {
        return new MACVerifier(secret);
      }
    } catch (JOSEException e) {
      // Too short, or of a curve that isn't supported.
    }
    return null;
  }

  boolean isEmpty() {
    return keys.isEmpty();
  }

  /** Each key verifies the algorithms of its own type alone. */
  Signature judge(JWSHeader header, byte[] signed, Base64URL signature) {
    Signature judgement = Signature.OF_AN_UNKNOWN_KEY;
    for (Key key : keys) {
      boolean otherId =
          header.getKeyID() != null && key.id != null && !key.id.equals(header.getKeyID());
      boolean otherAlgorithm =
          key.algorithm != null && !key.algorithm.equals(header.getAlgorithm().getName());
      if (otherId
          || otherAlgorithm
          || !key.verifier.supportedJWSAlgorithms().contains(header.getAlgorithm())) {
        continue;
      }
      judgement =
          key.verifier instanceof EdDsaVerifier && !EdDsaVerifier.isOfRightLength(signature)
              ? Signature.OF_WRONG_LENGTH
              : Signature.INVALID;
      try {
        if (key.verifier.verify(header, signed, signature)) {
          return Signature.VALID;
        }
      } catch (JOSEException e) {
        // Not by this key.
      }
    }
    return judgement;
  }
}
