package dev.weft.instrumentation.tomcat;

import dev.weft.engine.inbound.ConnectedPeer;
import java.nio.channels.ClosedChannelException;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;

/**
 * Whom one handshake proved a connection's peer to be. Made anew for each, as Tomcat uses a
 * connection's channel again for others while threads of the first may still be at work.
 *
 * @param connection Tomcat's object for the connection, which isn't used again
 * @param who it is
 * @param notAfter when its certificate ends, in milliseconds of the epoch
 * @param lastMinute from when on the connection should end, so that it is given up in good order
 *     and no request finds it closed: a minute before, or half of what was left
 */
record ProvenPeer(Object connection, ConnectedPeer who, long notAfter, long lastMinute) {

  /** Longer than servers keep a connection that nobody uses, 20 s by Tomcat's default. */
  private static final long MINUTE = 60_000;

  static ProvenPeer of(Object connection, ConnectedPeer who, SSLSession session)
      throws SSLPeerUnverifiedException {
    X509Certificate leaf = (X509Certificate) session.getPeerCertificates()[0];
    long notAfter = leaf.getNotAfter().toInstant().toEpochMilli();
    long left = notAfter - System.currentTimeMillis();
    return new ProvenPeer(connection, who, notAfter, notAfter - Math.min(MINUTE, left / 2));
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

  /** Whether the proof will be worth nothing soon. */
  boolean isEnding(long now) {
    return now >= lastMinute;
  }

  /** Whether the proof is worth nothing any more. */
  boolean hasExpired(long now) {
    return now > notAfter;
  }
}
