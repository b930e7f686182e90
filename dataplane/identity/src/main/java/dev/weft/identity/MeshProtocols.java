package dev.weft.identity;

import javax.net.ssl.SSLParameters;

/**
 * The protocol versions and cipher suites of the mesh: what Istio's sidecars accept, forward secret
 * and authenticated. AES-128 comes first, as in BoringSSL on machines that have AES in hardware: a
 * service's messages are short, and what the JDK pays for one is mostly the key's expansion.
 */
final class MeshProtocols {

  private static final String[] VERSIONS = {"TLSv1.3", "TLSv1.2"};

  private static final String[] CIPHER_SUITES = {
    "TLS_AES_128_GCM_SHA256",
    "TLS_AES_256_GCM_SHA384",
    "TLS_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
  };

  private MeshProtocols() {}

  static void in(SSLParameters parameters) {
    parameters.setProtocols(VERSIONS);
    parameters.setCipherSuites(CIPHER_SUITES);
  }
}
