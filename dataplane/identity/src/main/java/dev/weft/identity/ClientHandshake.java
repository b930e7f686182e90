package dev.weft.identity;

import dev.weft.engine.spi.TlsStatistics;
import java.util.List;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSession;

/** What engines and sockets for one destination say in their handshake, whatever a library sets. */
interface ClientHandshake {

  /**
   * @param parameters the JDK's, changed and returned
   * @param offered plain ALPN names of the library
   */
  SSLParameters rewrite(SSLParameters parameters, List<String> offered);

  /** Where it is counted what comes of these handshakes. */
  TlsStatistics statistics();

  /** A handshake ended, full or resumed. */
  void ended(SSLSession session) throws SSLException;
}
