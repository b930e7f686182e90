package dev.weft.engine;

import java.util.List;

/**
 * The headers in which Istio's proxies tell one another who they are, for telemetry and for nothing
 * else: what they say is the sender's own word. No policy sees them and no application.
 */
public final class PeerMetadata {

  /** A base64-encoded {@code google.protobuf.Struct} about the sender. */
  public static final String HEADER = "x-envoy-peer-metadata";

  /** The sender's xDS node ID; the same for the same metadata. */
  public static final String ID_HEADER = "x-envoy-peer-metadata-id";

  /** Takes both away. */
  public static final HeaderEdits REMOVAL =
      new HeaderEdits(List.of(HEADER, ID_HEADER), List.of(), List.of());

  private PeerMetadata() {}
}
