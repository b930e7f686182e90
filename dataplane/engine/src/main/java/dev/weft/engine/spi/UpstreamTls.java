package dev.weft.engine.spi;

/**
 * How connections to a cluster's endpoints are secured: Envoy's UpstreamTlsContext. One instance
 * for one cluster's settings.
 */
public sealed interface UpstreamTls permits PeerTls, OriginatedTls {

  /** Short text, different for different values. */
  String key();
}
