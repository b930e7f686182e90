package dev.weft.identity;

import dev.weft.engine.spi.PeerTls;
import dev.weft.engine.spi.TlsStatistics;
import java.time.InstantSource;
import java.util.List;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSession;

/** The mesh's: its server names, its ALPN names, and what the server proved. */
final class MeshHandshake implements ClientHandshake {

  private final PeerTls peer;
  private final List<SNIServerName> serverNames;
  private final ProvedServers proved;
  private final InstantSource clock;
  private final TlsStatistics statistics;

  MeshHandshake(PeerTls peer, ProvedServers proved, InstantSource clock, TlsStatistics statistics) {
    this.statistics = statistics;
    this.peer = peer;
    this.proved = proved;
    this.clock = clock;
    this.serverNames = MeshSni.names(peer.sni());
  }

  @Override
  public SSLParameters rewrite(SSLParameters parameters, List<String> offered) {
    MeshProtocols.in(parameters);
    parameters.setServerNames(serverNames);
    parameters.setApplicationProtocols(MeshAlpn.offer(peer.applicationProtocols(), offered));
    return parameters;
  }

  @Override
  public TlsStatistics statistics() {
    return statistics;
  }

  @Override
  public void ended(SSLSession session) throws SSLException {
    ProvenPeer.establish(session, clock);
    proved.add(peer, session);
  }
}
