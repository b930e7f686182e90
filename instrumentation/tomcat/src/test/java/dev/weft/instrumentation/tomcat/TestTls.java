package dev.weft.instrumentation.tomcat;

import dev.weft.engine.spi.PeerTls;
import dev.weft.identity.SpiffeId;
import dev.weft.identity.Svid;
import dev.weft.identity.WorkloadTls;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** TLS with a PKCS #12 file of {@link TestAuthority}'s. */
final class TestTls {

  private static final char[] PASSWORD = "changeit".toCharArray();

  private TestTls() {}

  /** The mesh's, as in production. */
  static WorkloadTls ofMesh(Path identity) throws GeneralSecurityException, IOException {
    KeyStore store = load(identity);
    X509Certificate leaf = (X509Certificate) store.getCertificate("identity");
    Svid svid =
        new Svid(
            SpiffeId.parse((String) leaf.getSubjectAlternativeNames().iterator().next().get(1)),
            (PrivateKey) store.getKey("identity", PASSWORD),
            List.of(leaf),
            List.of((X509Certificate) store.getCertificate("root")),
            leaf.getNotAfter().toInstant());
    return new WorkloadTls(() -> svid);
  }

  /** A client of the mesh, to any peer. */
  static SSLContext meshClient(Path identity, String... protocols)
      throws GeneralSecurityException, IOException {
    return ofMesh(identity)
        .clientContext(new PeerTls("outbound_.80_._.catalog.shop", List.of(), List.of(protocols)));
  }

  /** Somebody else's, which knows nothing of the mesh. */
  static SSLContext context(Path identity) throws GeneralSecurityException, IOException {
    KeyStore store = load(identity);
    KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
    keys.init(store, PASSWORD);
    TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(store);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
    return context;
  }

  private static KeyStore load(Path identity) throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(identity)) {
      store.load(in, PASSWORD);
    }
    return store;
  }
}
