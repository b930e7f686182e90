package dev.weft.identity;

import dev.weft.engine.Attachments;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.Date;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * Remembers whom a session's peer proved to be. Done once for each handshake that ended, full or
 * resumed, and only for sessions of the mesh's own engines, so that an application's TLS session is
 * never mistaken for one.
 *
 * <p>It isn't a value of the session: to set one has the JDK's server send another session ticket
 * with the next record, behind the response, where a client with an idle connection in its pool
 * takes it for a reason to close it.
 */
final class ProvenPeer {

  private static final Attachments<SSLSession, String> IDS = new Attachments<>();

  private ProvenPeer() {}

  static @Nullable String of(SSLSession session) {
    return IDS.get(session);
  }

  /**
   * A handshake ended. The trust manager has judged the peer, now or when the session began; a
   * certificate may have expired since.
   */
  static void establish(SSLSession session, InstantSource clock) throws SSLException {
    X509Certificate leaf = (X509Certificate) session.getPeerCertificates()[0];
    try {
      leaf.checkValidity(Date.from(clock.instant()));
      IDS.put(session, SpiffeId.of(leaf).toString());
    } catch (CertificateException e) {
      session.invalidate();
      SSLHandshakeException refused = new SSLHandshakeException(e.getMessage());
      refused.initCause(e);
      throw refused;
    }
  }
}
