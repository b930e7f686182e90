package dev.weft.instrumentation.tomcat;

import dev.weft.engine.spi.MeshTls;
import dev.weft.engine.spi.PeerTls;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/** Mesh TLS from a PKCS #12 file of {@link TestAuthority}'s. */
final class TestTls implements MeshTls {

  private final SSLContext context;

  private TestTls(SSLContext context) {
    this.context = context;
  }

  static MeshTls server(Path identity) throws GeneralSecurityException, IOException {
    return new TestTls(context(identity));
  }

  static SSLContext context(Path identity) throws GeneralSecurityException, IOException {
    char[] password = "changeit".toCharArray();
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(identity)) {
      store.load(in, password);
    }
    KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
    keys.init(store, password);
    TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(store);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
    return context;
  }

  @Override
  public boolean ready() {
    return true;
  }

  @Override
  public SSLContext clientContext(PeerTls peer) {
    throw new UnsupportedOperationException();
  }

  @Override
  public SSLEngine serverEngine(List<String> applicationProtocols) {
    SSLEngine engine = context.createSSLEngine();
    engine.setUseClientMode(false);
    engine.setNeedClientAuth(true);
    engine.setHandshakeApplicationProtocolSelector(
        (it, offered) -> {
          if (applicationProtocols.contains("h2") && offered.contains("istio-h2")) {
            return "istio-h2";
          }
          return offered.contains("istio-http/1.1") ? "istio-http/1.1" : null;
        });
    return engine;
  }

  @Override
  public @Nullable String peerId(SSLSession session) {
    try {
      X509Certificate leaf = (X509Certificate) session.getPeerCertificates()[0];
      return (String) leaf.getSubjectAlternativeNames().iterator().next().get(1);
    } catch (SSLPeerUnverifiedException | CertificateParsingException e) {
      return null;
    }
  }
}
