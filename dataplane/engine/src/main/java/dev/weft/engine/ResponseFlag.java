package dev.weft.engine;

/** Why a response is what it is, by Envoy's names ({@code %RESPONSE_FLAGS%}). */
public enum ResponseFlag {
  /** Nothing of note. */
  NONE("-"),
  FAULT_INJECTED("FI"),
  DELAY_INJECTED("DI"),
  NO_HEALTHY_UPSTREAM("UH"),
  NO_ROUTE("NR"),
  NO_CLUSTER("NC"),
  UPSTREAM_CONNECTION_FAILURE("UF"),
  UPSTREAM_OVERFLOW("UO"),
  UPSTREAM_REQUEST_TIMEOUT("UT"),
  UPSTREAM_RETRY_LIMIT_EXCEEDED("URX"),
  UPSTREAM_CONNECTION_TERMINATION("UC"),
  DOWNSTREAM_CONNECTION_TERMINATION("DC"),
  UNAUTHORIZED_EXTERNAL_SERVICE("UAEX"),
  RATE_LIMITED("RL");

  private final String code;

  ResponseFlag(String code) {
    this.code = code;
  }

  /** As it appears in Envoy's access log. */
  public String code() {
    return code;
  }
}
