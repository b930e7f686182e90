package dev.weft.identity;

import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.security.NoSuchProviderException;

/**
 * The JDK's own security providers. Named explicitly: what an application registers in front of
 * them must not change the mesh's TLS, nor may asking for a default initialize the application's.
 */
final class Jdk {

  static final String EC_PROVIDER = "SunEC";
  static final String RSA_PROVIDER = "SunRsaSign";
  static final String TLS_PROVIDER = "SunJSSE";
  static final String CERTIFICATE_PROVIDER = "SUN";

  private Jdk() {}

  /**
   * A generator of keys on elliptic curves.
   *
   * @throws NoSuchProviderException whose message says what a runtime made by jlink lacks
   */
  static KeyPairGenerator keysOnCurves() throws GeneralSecurityException {
    try {
      return KeyPairGenerator.getInstance("EC", EC_PROVIDER);
    } catch (NoSuchProviderException e) {
      throw new NoSuchProviderException(
          "this Java runtime has no security provider "
              + EC_PROVIDER
              + ", for it lacks the module jdk.crypto.ec (before JDK 22) or doesn't name it in"
              + " java.security");
    }
  }
}
