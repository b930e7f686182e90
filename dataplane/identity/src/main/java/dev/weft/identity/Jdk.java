package dev.weft.identity;

/**
 * The JDK's own security providers. Named explicitly: what an application registers in front of
 * them must not change the mesh's TLS, nor may asking for a default initialize the application's.
 */
final class Jdk {

  static final String EC_PROVIDER = "SunEC";
  static final String TLS_PROVIDER = "SunJSSE";
  static final String CERTIFICATE_PROVIDER = "SUN";

  private Jdk() {}
}
