package dev.weft.xds;

/** Which variant of the aggregated discovery service is spoken (WEFT_XDS_PROTOCOL). */
public enum XdsProtocol {
  /** Delta; to a server that doesn't implement it, state of the world. */
  AUTO,
  DELTA,
  /** State of the world. */
  SOTW
}
