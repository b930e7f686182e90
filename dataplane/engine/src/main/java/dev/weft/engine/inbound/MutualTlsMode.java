package dev.weft.engine.inbound;

/** What a port accepts, as Istio's PeerAuthentication {@code mtls.mode}; the strictest last. */
public enum MutualTlsMode {
  /** No mesh TLS: every byte is the application's. */
  DISABLE,
  /** Mesh TLS, the application's own TLS, and plaintext. */
  PERMISSIVE,
  /** Mesh TLS only. */
  STRICT
}
