package dev.weft.config.model;

import org.jspecify.annotations.Nullable;

/**
 * A port of a service.
 *
 * @param targetPort the endpoints' port, if another one than {@code number}
 */
public record ServicePort(
    int number, String name, Protocol protocol, @Nullable Integer targetPort) {

  /** The endpoints' port, as far as the service says. */
  int endpointPort() {
    return targetPort == null ? number : targetPort;
  }
}
