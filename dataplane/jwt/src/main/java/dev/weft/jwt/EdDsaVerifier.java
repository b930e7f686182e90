package dev.weft.jwt;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.crypto.impl.CriticalHeaderParamsDeferral;
import com.nimbusds.jose.jca.JCAContext;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.OctetKeyPair;
import com.nimbusds.jose.util.Base64URL;
import java.io.ByteArrayOutputStream;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.HexFormat;
import java.util.Set;

/** Ed25519 by the JDK, where the library would need another one. Of any thread. */
final class EdDsaVerifier implements JWSVerifier {

  private static final String ALGORITHM = "Ed25519";
  private static final int KEY_BYTES = 32;
  private static final int SIGNATURE_BYTES = 64;

  /** What RFC 8410 puts before a key's bytes. */
  private static final byte[] SUBJECT_PUBLIC_KEY_INFO =
      HexFormat.of().parseHex("302a300506032b6570032100");

  private final PublicKey key;
  private final JCAContext context = new JCAContext();

  /**
   * @throws JOSEException if it is of another curve, or no key of this one
   */
  EdDsaVerifier(OctetKeyPair jwk) throws JOSEException {
    byte[] bytes = jwk.getDecodedX();
    if (!jwk.getCurve().equals(Curve.Ed25519) || bytes.length != KEY_BYTES) {
      throw new JOSEException("no key of Ed25519");
    }
    ByteArrayOutputStream encoded = new ByteArrayOutputStream();
    encoded.writeBytes(SUBJECT_PUBLIC_KEY_INFO);
    encoded.writeBytes(bytes);
    try {
      key =
          KeyFactory.getInstance(ALGORITHM)
              .generatePublic(new X509EncodedKeySpec(encoded.toByteArray()));
    } catch (GeneralSecurityException e) {
      throw new JOSEException("no key of Ed25519", e);
    }
  }

  static boolean isOfRightLength(Base64URL signature) {
    return signature.decode().length == SIGNATURE_BYTES;
  }

  @Override
  public boolean verify(JWSHeader header, byte[] signed, Base64URL signature) throws JOSEException {
    if (!new CriticalHeaderParamsDeferral().headerPasses(header)) {
      return false;
    }
    try {
      Signature verification = Signature.getInstance(ALGORITHM);
      verification.initVerify(key);
      verification.update(signed);
      return verification.verify(signature.decode());
    } catch (GeneralSecurityException e) {
      // Not of the length of one, too.
      return false;
    }
  }

  @Override
  public Set<JWSAlgorithm> supportedJWSAlgorithms() {
    return Set.of(JWSAlgorithm.EdDSA);
  }

  @Override
  public JCAContext getJCAContext() {
    return context;
  }
}
