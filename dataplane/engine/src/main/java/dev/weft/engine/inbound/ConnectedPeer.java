package dev.weft.engine.inbound;

import dev.weft.engine.ForwardedClientCert;
import dev.weft.engine.HeaderEdits;
import dev.weft.engine.PeerMetadata;
import dev.weft.engine.spi.MeshTls;
import java.net.Socket;
import org.jspecify.annotations.Nullable;

/**
 * Who is at the other end of a mutual-TLS connection. One object for one connection, so that what a
 * caller says of itself holds for what comes after ({@link MeshTls#remembersCaller(Socket)}).
 */
public final class ConnectedPeer {

  private final String id;
  private final boolean remembered;
  private final String serverName;
  private final String certificate;
  private final HeaderEdits edits;
  private volatile @Nullable PeerMetadata metadata;

  /**
   * @param id the SPIFFE ID that it proved by its certificate
   * @param remembered whether it was agreed that what it says holds for the connection
   */
  public ConnectedPeer(String id, boolean remembered) {
    this(id, remembered, "", "");
  }

  /**
   * @param id the SPIFFE ID that it proved by its certificate
   * @param remembered whether it was agreed that what it says holds for the connection
   * @param serverName the name that it asked for (SNI); empty if none
   * @param certificate see {@link MeshTls#forwardedCertificate}
   */
  public ConnectedPeer(String id, boolean remembered, String serverName, String certificate) {
    this.id = id;
    this.serverName = serverName;
    this.certificate = certificate;
    edits = PeerMetadata.REMOVAL.then(ForwardedClientCert.edits(certificate, null));
    this.remembered = remembered;
  }

  /** The SPIFFE ID that it proved by its certificate. */
  public String id() {
    return id;
  }

  /** The name that it asked for in the handshake (SNI); empty if none. */
  public String serverName() {
    return serverName;
  }

  /**
   * What is done to the headers of its requests, whatever policies say.
   *
   * @param passedOn the certificates that the request itself tells of; null: none
   */
  HeaderEdits edits(@Nullable String passedOn) {
    return passedOn == null
        ? edits
        : PeerMetadata.REMOVAL.then(ForwardedClientCert.edits(certificate, passedOn));
  }

  /** What it said of itself last; null if nothing yet, or if that holds for one request alone. */
  public @Nullable PeerMetadata metadata() {
    return metadata;
  }

  public void says(PeerMetadata said) {
    if (remembered) {
      metadata = said;
    }
  }
}
