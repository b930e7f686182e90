package dev.weft.instrumentation.tomcat;

import java.nio.channels.ClosedChannelException;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;

/**
 * Whom one handshake proved a connection's peer to be. Made anew for each, as Tomcat uses a
 * connection's channel again for others while threads of the first may still be at work.
 *
 * @param connection Tomcat's object for the connection, which isn't used again
 * @param id its SPIFFE ID
 * @param notAfter when its certificate ends, in milliseconds of the epoch
 */
record ProvenPeer(Object connection, String id, long notAfter) {

  static ProvenPeer of(Object connection, String id, SSLSession session)
      throws SSLPeerUnverifiedException {
    X509Certificate leaf = (X509Certificate) session.getPeerCertificates()[0];
    return new ProvenPeer(connection, id, leaf.getNotAfter().toInstant().toEpochMilli());
  }

  /**
   * This, if it is of that connection.
   *
   * @throws ClosedChannelException if the channel serves another connection by now
   */
  ProvenPeer on(Object connection) throws ClosedChannelException {
    if (connection != this.connection) {
      throw new ClosedChannelException();
    }
    return this;
  }

  /** Whether the proof is worth nothing any more. */
  boolean hasExpired(long now) {
    return now > notAfter;
  }
}
