package dev.weft.engine.model;

/** What becomes of calls to hosts that nobody declares: Istio's {@code outboundTrafficPolicy}. */
public enum OtherHosts {
  /** They are none of the mesh's business. */
  LEFT_ALONE,

  /** They are answered by the routes of {@link MeshHosts#OTHERS}; what is encrypted is refused. */
  BLOCKED,

  /**
   * The routes of {@link MeshHosts#OTHERS} lead them elsewhere; what is encrypted is left alone.
   */
  PROXIED
}
