package dev.weft.instrumentation.jdkhttpclient;

import dev.weft.engine.Mesh;
import dev.weft.engine.spi.UpstreamTls;
import dev.weft.instrumentation.api.Advice;
import java.net.InetSocketAddress;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/** The mesh's TLS in place of the application's, for a connection that is the mesh's. */
final class TlsAdvice {

  /** How the names of steered addresses begin, see {@link Sending#target}. */
  static final String LABEL = "::%";

  /** What a connection is being made for on this thread. */
  private static final ThreadLocal<@Nullable Sending> CONNECTING = new ThreadLocal<>();

  private TlsAdvice() {}

  /** A new connection is made for a request. Woven into {@code HttpConnection}. */
  static final class Connection {

    private Connection() {}

    @Advice.OnMethodEnter
    static void connecting(@Advice.Argument(3) Object request) {
      Sending sending = Sending.ofRequest(request);
      if (sending != null) {
        CONNECTING.set(sending);
      }
    }

    @Advice.OnMethodExit(onThrowable = true)
    static void made() {
      CONNECTING.remove();
    }
  }

  /** It makes its engine. Woven into {@code AbstractAsyncSSLConnection}. */
  static final class Engine {

    private Engine() {}

    @Advice.OnMethodEnter(answers = true)
    static @Nullable SSLEngine create(
        @Advice.Argument(1) String serverName, @Advice.Argument(3) SSLParameters parameters)
        throws GeneralSecurityException {
      if (!serverName.startsWith(LABEL)) {
        return null;
      }
      Sending sending = CONNECTING.get();
      UpstreamTls peer = sending == null ? null : sending.attempt().tls();
      if (sending == null || peer == null) {
        return refusing();
      }
      try {
        return engine(peer, sending.attempt().endpoint().address(), parameters);
      } catch (RuntimeException e) {
        // Without the mesh's certificate the application's trust must not stand in for it.
        return refusing();
      }
    }
  }

  /** Of the client's parameters only the protocols offered by ALPN are the connection's own. */
  private static SSLEngine engine(
      UpstreamTls peer, InetSocketAddress address, SSLParameters clientsParameters) {
    SSLEngine engine =
        Mesh.current()
            .tls()
            .clientContext(peer)
            .createSSLEngine(address.getHostString(), address.getPort());
    engine.setUseClientMode(true);
    SSLParameters parameters = engine.getSSLParameters();
    parameters.setApplicationProtocols(clientsParameters.getApplicationProtocols());
    engine.setSSLParameters(parameters);
    return engine;
  }

  /** An engine that trusts nobody, so that the handshake fails as handshakes do. */
  private static SSLEngine refusing() throws GeneralSecurityException {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, new TrustManager[] {new TrustNobody()}, null);
    SSLEngine engine = context.createSSLEngine();
    engine.setUseClientMode(true);
    return engine;
  }

  private static final class TrustNobody implements X509TrustManager {

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType)
        throws CertificateException {
      throw new CertificateException("the mesh's TLS is not at hand");
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType)
        throws CertificateException {
      throw new CertificateException("the mesh's TLS is not at hand");
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
