package dev.weft.identity;

import java.security.KeyManagementException;
import java.security.SecureRandom;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLContextSpi;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocketFactory;
import javax.net.ssl.SSLSessionContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;

/** The context that libraries are given: a JDK context whose engines and sockets are the mesh's. */
final class MeshClientContext extends SSLContextSpi {

  private final SSLContext jdk;
  private final ClientHandshake handshake;
  private final SSLSocketFactory socketFactory;

  private MeshClientContext(SSLContext jdk, ClientHandshake handshake) {
    this.jdk = jdk;
    this.handshake = handshake;
    this.socketFactory = new MeshSocketFactory(jdk.getSocketFactory(), handshake);
  }

  static SSLContext of(SSLContext jdk, ClientHandshake handshake) {
    return new Context(new MeshClientContext(jdk, handshake), jdk);
  }

  @Override
  protected SSLEngine engineCreateSSLEngine() {
    return new ClientEngine(jdk.createSSLEngine(), handshake);
  }

  @Override
  protected SSLEngine engineCreateSSLEngine(String host, int port) {
    return new ClientEngine(jdk.createSSLEngine(host, port), handshake);
  }

  @Override
  protected SSLSocketFactory engineGetSocketFactory() {
    return socketFactory;
  }

  @Override
  protected SSLServerSocketFactory engineGetServerSocketFactory() {
    throw new UnsupportedOperationException("a client's context");
  }

  @Override
  protected SSLSessionContext engineGetServerSessionContext() {
    return jdk.getServerSessionContext();
  }

  @Override
  protected SSLSessionContext engineGetClientSessionContext() {
    return jdk.getClientSessionContext();
  }

  @Override
  protected SSLParameters engineGetDefaultSSLParameters() {
    return jdk.getDefaultSSLParameters();
  }

  @Override
  protected SSLParameters engineGetSupportedSSLParameters() {
    return jdk.getSupportedSSLParameters();
  }

  @Override
  protected void engineInit(KeyManager[] keys, TrustManager[] trust, SecureRandom random)
      throws KeyManagementException {
    throw new KeyManagementException("this context is initialized");
  }

  private static final class Context extends SSLContext {
    Context(SSLContextSpi spi, SSLContext jdk) {
      super(spi, jdk.getProvider(), jdk.getProtocol());
    }
  }
}
