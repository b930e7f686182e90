package dev.weft.identity;

import dev.weft.engine.spi.PeerTls;
import dev.weft.engine.spi.TlsStatistics;
import java.time.InstantSource;
import java.util.List;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSession;

/** What engines and sockets for one destination say in their handshake, whatever a library sets. */
final class ClientHandshake {

  private final PeerTls peer;
  private final List<SNIServerName> serverNames;
  private final ProvedServers proved;
  private final InstantSource clock;
  private final TlsStatistics statistics;

  ClientHandshake(
      PeerTls peer, ProvedServers proved, InstantSource clock, TlsStatistics statistics) {
    this.statistics = statistics;
    this.peer = peer;
    this.proved = proved;
    this.clock = clock;
    this.serverNames = MeshSni.names(peer.sni());
  }

  /**
   * @param parameters the JDK's, changed and returned
   * @param offered plain ALPN names of the library
   */
  SSLParameters rewrite(SSLParameters parameters, List<String> offered) {
    MeshProtocols.in(parameters);
    parameters.setServerNames(serverNames);
    parameters.setApplicationProtocols(MeshAlpn.offer(peer.applicationProtocols(), offered));
    return parameters;
  }

  /** Where it is counted what comes of these handshakes. */
  TlsStatistics statistics() {
    return statistics;
  }

  /** A handshake ended, full or resumed. */
  void ended(SSLSession session) throws SSLException {
    ProvenPeer.establish(session, clock);
    proved.add(peer, session);
  }
}
