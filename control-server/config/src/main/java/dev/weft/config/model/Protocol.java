package dev.weft.config.model;

import java.util.Locale;

/** The protocol of a service's port. */
public enum Protocol {
  HTTP("http"),
  HTTP2("http2"),
  GRPC("grpc"),
  /** TLS that the application itself ends. */
  HTTPS("https"),
  /** TLS that the application itself ends. */
  TLS("tls"),
  TCP("tcp"),
  /** Not declared: seen when it is spoken. */
  UNSPECIFIED("");

  private final String wireName;

  Protocol(String wireName) {
    this.wireName = wireName;
  }

  /** As in name tables: lower case, empty if unspecified. */
  public String wireName() {
    return wireName;
  }

  /**
   * Reads Istio's name for a protocol, in any case; {@link #TCP} for those that only pass bytes.
   */
  public static Protocol of(String name) {
    return switch (name.toUpperCase(Locale.ROOT)) {
      case "" -> UNSPECIFIED;
      case "HTTP" -> HTTP;
      case "HTTP2" -> HTTP2;
      case "GRPC", "GRPC-WEB" -> GRPC;
      case "HTTPS" -> HTTPS;
      case "TLS" -> TLS;
      default -> TCP;
    };
  }

  /** Whether requests to it go over HTTP/2 (with prior knowledge, when in plaintext). */
  public boolean isHttp2() {
    return this == HTTP2 || this == GRPC;
  }

  /** Whether the application brings its own TLS, so that nothing inside can be seen. */
  public boolean isOpaqueTls() {
    return this == HTTPS || this == TLS;
  }

  /** Whether HTTP routing rules apply. */
  public boolean isHttp() {
    return this == HTTP || this == HTTP2 || this == GRPC || this == UNSPECIFIED;
  }
}
