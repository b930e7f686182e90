package dev.weft.identity;

import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSession;

/** A client's engine for one destination. */
final class ClientEngine extends DelegatingEngine {

  private final ClientHandshake handshake;
  private final LibrarySettings library = new LibrarySettings();

  ClientEngine(SSLEngine jdk, ClientHandshake handshake) {
    super(jdk);
    this.handshake = handshake;
    jdk.setUseClientMode(true);
    applyParameters();
  }

  private void applyParameters() {
    jdk.setSSLParameters(handshake.rewrite(jdk.getSSLParameters(), library.applicationProtocols()));
  }

  @Override
  public SSLParameters getSSLParameters() {
    return library.restore(jdk.getSSLParameters());
  }

  @Override
  public void setSSLParameters(SSLParameters parameters) {
    library.remember(parameters);
    applyParameters();
  }

  @Override
  void handshakeEnded(SSLSession session) throws SSLException {
    handshake.ended(session);
  }
}
