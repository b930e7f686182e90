package dev.weft.differential;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import java.util.Objects;

/**
 * One request in an access log.
 *
 * @param id its {@code x-case}
 * @param flags Envoy's {@code %RESPONSE_FLAGS%}
 * @param attempts how often it was sent
 * @param cluster its name; {@code -} without one
 * @param route its name; {@code -} without one
 * @param details why Envoy answered as it did, for people
 */
@JsonIgnoreProperties(ignoreUnknown = true)
record AccessLogLine(
    String id, String flags, int attempts, String cluster, String route, String details) {

  private static final String ABSENT = "-";

  /** Of a connection on which nothing was asked. */
  static final AccessLogLine NONE =
      new AccessLogLine(ABSENT, ABSENT, 0, ABSENT, ABSENT, "no request");

  AccessLogLine {
    flags = Objects.requireNonNullElse(flags, ABSENT);
    cluster = Objects.requireNonNullElse(cluster, ABSENT);
    route = Objects.requireNonNullElse(route, ABSENT);
    details = Objects.requireNonNullElse(details, ABSENT);
  }
}
