package dev.weft.engine.inbound;

import dev.weft.engine.PeerMetadata;
import dev.weft.engine.spi.MeshTls;
import org.jspecify.annotations.Nullable;

/**
 * Who is at the other end of a mutual-TLS connection. One object for one connection, so that what a
 * caller says of itself holds for what comes after ({@link MeshTls#remembersCaller}).
 */
public final class ConnectedPeer {

  private final String id;
  private volatile @Nullable PeerMetadata metadata;

  /**
   * @param id the SPIFFE ID that it proved by its certificate
   */
  public ConnectedPeer(String id) {
    this.id = id;
  }

  /** The SPIFFE ID that it proved by its certificate. */
  public String id() {
    return id;
  }

  /** What it said of itself last; null if nothing yet. */
  public @Nullable PeerMetadata metadata() {
    return metadata;
  }

  public void says(PeerMetadata metadata) {
    this.metadata = metadata;
  }
}
