package dev.weft.engine.model;

import java.util.List;

/**
 * Envoy's CorsPolicy. Texts are header values; empty: the header is not sent.
 *
 * @param allowOrigins any of them; an exact {@code *} allows all
 * @param maxAge seconds
 * @param forwardUnmatchedPreflights whether a preflight request of another origin goes on to the
 *     destination; else it is answered without being allowed anything
 */
public record CorsPolicy(
    List<StringMatch> allowOrigins,
    String allowMethods,
    String allowHeaders,
    String exposeHeaders,
    String maxAge,
    boolean allowCredentials,
    boolean forwardUnmatchedPreflights) {

  public CorsPolicy {
    allowOrigins = List.copyOf(allowOrigins);
  }
}
