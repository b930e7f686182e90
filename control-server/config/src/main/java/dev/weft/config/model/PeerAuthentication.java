package dev.weft.config.model;

import java.util.Map;

/**
 * Istio's PeerAuthentication.
 *
 * @param portModes by the workload's port
 */
public record PeerAuthentication(
    Metadata metadata, WorkloadSelector selector, Mode mode, Map<Integer, Mode> portModes)
    implements Resource {

  /** What a port accepts. */
  public enum Mode {
    /** Says nothing; the next wider policy decides. */
    UNSET,
    /** Plaintext only. */
    DISABLE,
    /** Plaintext and mutual TLS. */
    PERMISSIVE,
    /** Mutual TLS only. */
    STRICT
  }

  public PeerAuthentication {
    portModes = Map.copyOf(portModes);
  }
}
