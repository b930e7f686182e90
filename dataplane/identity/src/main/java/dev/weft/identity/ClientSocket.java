package dev.weft.identity;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiFunction;
import javax.net.ssl.HandshakeCompletedEvent;
import javax.net.ssl.HandshakeCompletedListener;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/** A client's socket for one destination. */
final class ClientSocket extends DelegatingSocket {

  private final ClientHandshake handshake;
  private final LibrarySettings library = new LibrarySettings();
  private final Map<HandshakeCompletedListener, HandshakeCompletedListener> listeners =
      new ConcurrentHashMap<>();

  private final long begun = System.currentTimeMillis();
  private final AtomicBoolean counted = new AtomicBoolean();

  ClientSocket(SSLSocket jdk, ClientHandshake handshake) {
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
  public void startHandshake() throws IOException {
    try {
      jdk.startHandshake();
    } catch (IOException e) {
      failed();
      throw e;
    }
    try {
      ended(jdk.getSession());
    } catch (SSLException e) {
      jdk.close();
      throw e;
    }
  }

  private void ended(SSLSession session) throws SSLException {
    try {
      handshake.ended(session);
    } catch (SSLException e) {
      failed();
      throw e;
    }
    if (counted.compareAndSet(false, true)) {
      handshake.statistics().shookHands(session.getCreationTime() < begun);
    }
  }

  private void failed() {
    if (counted.compareAndSet(false, true)) {
      handshake.statistics().failed();
    }
  }

  /** As {@link SSLSocket#getSession}: shakes hands if need be, an invalid session if in vain. */
  @Override
  public SSLSession getSession() {
    SSLSession session = jdk.getSession();
    if (session.isValid() && ProvenPeer.of(session) == null) {
      try {
        ended(session);
      } catch (SSLException e) {
        return session; // invalidated
      }
    }
    return session;
  }

  @Override
  public @Nullable String getApplicationProtocol() {
    String name = jdk.getApplicationProtocol();
    return name == null ? null : MeshAlpn.plain(name);
  }

  /** As agreed with the server. */
  boolean remembersCaller() {
    return MeshAlpn.REMEMBERING.equals(jdk.getApplicationProtocol());
  }

  @Override
  public @Nullable String getHandshakeApplicationProtocol() {
    String name = jdk.getHandshakeApplicationProtocol();
    return name == null ? null : MeshAlpn.plain(name);
  }

  /** Without effect: only servers select. */
  @Override
  public void setHandshakeApplicationProtocolSelector(
      @Nullable BiFunction<SSLSocket, List<String>, String> selector) {}

  @Override
  public @Nullable BiFunction<SSLSocket, List<String>, String>
      getHandshakeApplicationProtocolSelector() {
    return null;
  }

  @Override
  public void addHandshakeCompletedListener(HandshakeCompletedListener listener) {
    HandshakeCompletedListener relay =
        event -> listener.handshakeCompleted(new HandshakeCompletedEvent(this, event.getSession()));
    if (listeners.putIfAbsent(listener, relay) == null) {
      jdk.addHandshakeCompletedListener(relay);
    }
  }

  @Override
  public void removeHandshakeCompletedListener(HandshakeCompletedListener listener) {
    HandshakeCompletedListener relay = listeners.remove(listener);
    if (relay == null) {
      throw new IllegalArgumentException("not a listener of this socket");
    }
    jdk.removeHandshakeCompletedListener(relay);
  }
}
