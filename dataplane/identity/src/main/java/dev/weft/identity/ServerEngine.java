package dev.weft.identity;

import dev.weft.engine.spi.TlsStatistics;
import java.time.InstantSource;
import java.util.List;
import java.util.function.BiFunction;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/** A server's engine: demands a certificate, and answers the mesh's ALPN names. */
final class ServerEngine extends DelegatingEngine {

  private final List<String> spoken;
  private final InstantSource clock;
  private @Nullable BiFunction<SSLEngine, List<String>, String> librarySelector;

  ServerEngine(
      SSLEngine jdk,
      List<String> applicationProtocols,
      InstantSource clock,
      TlsStatistics statistics) {
    super(jdk, statistics);
    this.spoken = List.copyOf(applicationProtocols);
    this.clock = clock;
    jdk.setUseClientMode(false);
    SSLParameters parameters = jdk.getSSLParameters();
    MeshProtocols.in(parameters);
    parameters.setNeedClientAuth(true);
    jdk.setSSLParameters(parameters);
    jdk.setHandshakeApplicationProtocolSelector((engine, offered) -> select(offered));
  }

  private @Nullable String select(List<String> offered) {
    BiFunction<SSLEngine, List<String>, String> selector = librarySelector;
    if (selector == null) {
      return MeshAlpn.select(offered, spoken);
    }
    // Null is the library's way to refuse the handshake; an empty name agrees on nothing.
    String plain = selector.apply(this, MeshAlpn.plain(offered));
    return plain == null || plain.isEmpty() ? plain : MeshAlpn.firstMeaning(plain, offered);
  }

  @Override
  public void setHandshakeApplicationProtocolSelector(
      @Nullable BiFunction<SSLEngine, List<String>, String> selector) {
    librarySelector = selector;
  }

  @Override
  public @Nullable BiFunction<SSLEngine, List<String>, String>
      getHandshakeApplicationProtocolSelector() {
    return librarySelector;
  }

  @Override
  public SSLParameters getSSLParameters() {
    SSLParameters parameters = jdk.getSSLParameters();
    parameters.setApplicationProtocols(spoken.toArray(String[]::new));
    return parameters;
  }

  /** Has no effect: how a mesh server shakes hands is not the library's to say. */
  @Override
  public void setSSLParameters(SSLParameters parameters) {}

  /** As agreed with the client. */
  boolean remembersCaller() {
    return MeshAlpn.REMEMBERING.equals(jdk.getApplicationProtocol());
  }

  @Override
  void handshakeEnded(SSLSession session) throws SSLException {
    ProvenPeer.establish(session, clock);
  }
}
