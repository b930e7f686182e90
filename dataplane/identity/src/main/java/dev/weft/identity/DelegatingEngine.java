package dev.weft.identity;

import dev.weft.engine.spi.TlsStatistics;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.BiFunction;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * Hands everything to a JDK engine, save what its subclasses keep to themselves. Cipher suites and
 * protocol versions are the mesh's: setting them has no effect.
 */
abstract class DelegatingEngine extends SSLEngine {

  final SSLEngine jdk;

  private final TlsStatistics statistics;
  private final long begun = System.currentTimeMillis();
  private boolean shaken;

  DelegatingEngine(SSLEngine jdk, TlsStatistics statistics) {
    super(jdk.getPeerHost(), jdk.getPeerPort());
    this.jdk = jdk;
    this.statistics = statistics;
  }

  /** A handshake ended, full or resumed. Throws to refuse the peer. */
  abstract void handshakeEnded(SSLSession session) throws SSLException;

  private SSLEngineResult watched(SSLEngineResult result) throws SSLException {
    if (result.getHandshakeStatus() == HandshakeStatus.FINISHED) {
      ended(jdk.getSession());
    }
    return result;
  }

  private SSLException failed(SSLException failure) {
    if (!shaken) {
      shaken = true;
      statistics.failed();
    }
    return failure;
  }

  private void ended(SSLSession session) throws SSLException {
    try {
      handshakeEnded(session);
    } catch (SSLException e) {
      jdk.closeOutbound();
      throw e;
    }
    // The JDK says so again when session tickets follow.
    if (!shaken) {
      shaken = true;
      statistics.shookHands(session.getCreationTime() < begun);
    }
  }

  @Override
  public SSLEngineResult wrap(ByteBuffer[] sources, int offset, int length, ByteBuffer target)
      throws SSLException {
    try {
      return watched(jdk.wrap(sources, offset, length, target));
    } catch (SSLException e) {
      throw failed(e);
    }
  }

  @Override
  public SSLEngineResult wrap(ByteBuffer[] sources, ByteBuffer target) throws SSLException {
    try {
      return watched(jdk.wrap(sources, target));
    } catch (SSLException e) {
      throw failed(e);
    }
  }

  @Override
  public SSLEngineResult wrap(ByteBuffer source, ByteBuffer target) throws SSLException {
    try {
      return watched(jdk.wrap(source, target));
    } catch (SSLException e) {
      throw failed(e);
    }
  }

  @Override
  public SSLEngineResult unwrap(ByteBuffer source, ByteBuffer[] targets, int offset, int length)
      throws SSLException {
    try {
      return watched(jdk.unwrap(source, targets, offset, length));
    } catch (SSLException e) {
      throw failed(e);
    }
  }

  @Override
  public SSLEngineResult unwrap(ByteBuffer source, ByteBuffer[] targets) throws SSLException {
    try {
      return watched(jdk.unwrap(source, targets));
    } catch (SSLException e) {
      throw failed(e);
    }
  }

  @Override
  public SSLEngineResult unwrap(ByteBuffer source, ByteBuffer target) throws SSLException {
    try {
      return watched(jdk.unwrap(source, target));
    } catch (SSLException e) {
      throw failed(e);
    }
  }

  @Override
  public @Nullable Runnable getDelegatedTask() {
    return jdk.getDelegatedTask();
  }

  @Override
  public void closeInbound() throws SSLException {
    jdk.closeInbound();
  }

  @Override
  public boolean isInboundDone() {
    return jdk.isInboundDone();
  }

  @Override
  public void closeOutbound() {
    jdk.closeOutbound();
  }

  @Override
  public boolean isOutboundDone() {
    return jdk.isOutboundDone();
  }

  @Override
  public String[] getSupportedCipherSuites() {
    return jdk.getSupportedCipherSuites();
  }

  @Override
  public String[] getEnabledCipherSuites() {
    return jdk.getEnabledCipherSuites();
  }

  @Override
  public void setEnabledCipherSuites(String[] suites) {}

  @Override
  public String[] getSupportedProtocols() {
    return jdk.getSupportedProtocols();
  }

  @Override
  public String[] getEnabledProtocols() {
    return jdk.getEnabledProtocols();
  }

  @Override
  public void setEnabledProtocols(String[] protocols) {}

  @Override
  public SSLSession getSession() {
    return jdk.getSession();
  }

  @Override
  public @Nullable SSLSession getHandshakeSession() {
    return jdk.getHandshakeSession();
  }

  @Override
  public void beginHandshake() throws SSLException {
    jdk.beginHandshake();
  }

  @Override
  public HandshakeStatus getHandshakeStatus() {
    return jdk.getHandshakeStatus();
  }

  @Override
  public void setUseClientMode(boolean mode) {
    if (mode != jdk.getUseClientMode()) {
      throw new IllegalArgumentException("this engine's role is fixed");
    }
  }

  @Override
  public boolean getUseClientMode() {
    return jdk.getUseClientMode();
  }

  @Override
  public void setNeedClientAuth(boolean need) {}

  @Override
  public boolean getNeedClientAuth() {
    return jdk.getNeedClientAuth();
  }

  @Override
  public void setWantClientAuth(boolean want) {}

  @Override
  public boolean getWantClientAuth() {
    return jdk.getWantClientAuth();
  }

  @Override
  public void setEnableSessionCreation(boolean flag) {
    jdk.setEnableSessionCreation(flag);
  }

  @Override
  public boolean getEnableSessionCreation() {
    return jdk.getEnableSessionCreation();
  }

  @Override
  public @Nullable String getApplicationProtocol() {
    String name = jdk.getApplicationProtocol();
    return name == null ? null : MeshAlpn.plain(name);
  }

  @Override
  public @Nullable String getHandshakeApplicationProtocol() {
    String name = jdk.getHandshakeApplicationProtocol();
    return name == null ? null : MeshAlpn.plain(name);
  }

  @Override
  public void setHandshakeApplicationProtocolSelector(
      @Nullable BiFunction<SSLEngine, List<String>, String> selector) {
    jdk.setHandshakeApplicationProtocolSelector(selector);
  }

  @Override
  public @Nullable BiFunction<SSLEngine, List<String>, String>
      getHandshakeApplicationProtocolSelector() {
    return jdk.getHandshakeApplicationProtocolSelector();
  }
}
