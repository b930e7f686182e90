package dev.weft.config.model;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Istio's RequestAuthentication: whose tokens are believed. */
public record RequestAuthentication(
    Metadata metadata, WorkloadSelector selector, List<JwtRule> rules) implements Resource {

  /**
   * @param jwks the keys themselves; null: they are at {@code jwksUri}
   * @param timeout of fetching the keys
   * @param required whether a request without a token is refused (presence REQUIRED)
   */
  public record JwtRule(
      String issuer,
      List<String> audiences,
      @Nullable String jwks,
      String jwksUri,
      List<FromHeader> fromHeaders,
      List<String> fromParams,
      List<String> fromCookies,
      String payloadHeader,
      List<ClaimHeader> claimHeaders,
      boolean forward,
      Duration timeout,
      List<String> spaceDelimited,
      boolean required) {

    public JwtRule {
      audiences = List.copyOf(audiences);
      fromHeaders = List.copyOf(fromHeaders);
      fromParams = List.copyOf(fromParams);
      fromCookies = List.copyOf(fromCookies);
      claimHeaders = List.copyOf(claimHeaders);
      spaceDelimited = List.copyOf(spaceDelimited);
    }
  }

  public record FromHeader(String name, String prefix) {}

  public record ClaimHeader(String header, String claim) {}

  public RequestAuthentication {
    rules = List.copyOf(rules);
  }
}
