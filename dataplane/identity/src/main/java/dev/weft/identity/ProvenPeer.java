package dev.weft.identity;

import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.Date;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * Remembers in a session whom its peer proved to be. Done once for each handshake that ended, full
 * or resumed: only sessions of the mesh's own engines carry it, so an application's TLS session is
 * never mistaken for one.
 */
final class ProvenPeer {

  private static final String KEY = ProvenPeer.class.getName();

  private ProvenPeer() {}

  static @Nullable String of(SSLSession session) {
    return (String) session.getValue(KEY);
  }

  /**
   * A handshake ended. The trust manager has judged the peer, now or when the session began; a
   * certificate may have expired since.
   */
  static void establish(SSLSession session, InstantSource clock) throws SSLException {
    X509Certificate leaf = (X509Certificate) session.getPeerCertificates()[0];
    try {
      leaf.checkValidity(Date.from(clock.instant()));
      session.putValue(KEY, SpiffeId.of(leaf).toString());
    } catch (CertificateException e) {
      session.invalidate();
      SSLHandshakeException refused = new SSLHandshakeException(e.getMessage());
      refused.initCause(e);
      throw refused;
    }
  }
}
