package dev.weft.differential;

import com.google.protobuf.Any;
import com.google.protobuf.BoolValue;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.weft.identity.TestAuthority;
import io.envoyproxy.envoy.config.core.v3.DataSource;
import io.envoyproxy.envoy.config.core.v3.TransportSocket;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.CommonTlsContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.CommonTlsContext.CombinedCertificateValidationContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.SdsSecretConfig;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.TlsCertificate;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/**
 * Everybody's certificates, by one authority that all trust. In a directory are, each with its key
 * NAME.key: {@code root.pem}, {@code NAMESPACE.pem} of each workload, {@code client.pem} (of {@code
 * client.test}), {@code other-client.pem} by an authority that nobody trusts, whose root is {@code
 * other-root.pem}; {@code nothing.crl} revokes nothing and {@code outside.crl} the certificate that
 * upstreams show outside the mesh.
 */
final class Certificates {

  private static final char[] NO_PASSWORD = {};
  private static final byte[] LINE_END = {'\n'};

  private final TestAuthority authority = new TestAuthority();
  private final Path directory;
  private final SSLContext outside;
  private final Map<String, SSLContext> callers = new ConcurrentHashMap<>();

  private Certificates(Path directory) throws IOException {
    this.directory = Files.createDirectories(directory);
    TestAuthority other = new TestAuthority();
    write("root.pem", pem(authority.root()));
    write("other-root.pem", pem(other.root()));
    identity(authority, "client.test").write("client");
    identity(other, "client.test").write("other-client");
    Identity server = identity(authority, "*.test", "spiffe://cluster.local/ns/outside/sa/server");
    outside = server.context();
    write("nothing.crl", encoded("X509 CRL", crl()));
    write("outside.crl", encoded("X509 CRL", crl(server.certificate)));
  }

  static Certificates in(Path directory) throws IOException {
    return new Certificates(directory);
  }

  Path directory() {
    return directory;
  }

  /** Of the service account that is called as its namespace; also in the directory. */
  Identity workload(String namespace) throws IOException {
    Identity workload =
        identity(authority, "spiffe://cluster.local/ns/" + namespace + "/sa/" + namespace);
    workload.write(namespace);
    return workload;
  }

  /** A server that isn't of the mesh: {@code *.test}, and the SPIFFE ID of {@code outside}. */
  SSLContext outside() {
    return outside;
  }

  /** The server of the mesh: service account {@code server} of the namespace {@code tls-mesh}. */
  TransportSocket mesh() throws InvalidProtocolBufferException {
    DownstreamTlsContext tls =
        DownstreamTlsContext.newBuilder()
            .setRequireClientCertificate(BoolValue.of(true))
            .setCommonTlsContext(
                CommonTlsContext.newBuilder()
                    .addAllAlpnProtocols(List.of("istio-http/1.1", "istio"))
                    .addTlsCertificateSdsSecretConfigs(SdsSecretConfig.getDefaultInstance())
                    .setCombinedValidationContext(
                        CombinedCertificateValidationContext.getDefaultInstance()))
            .build();
    return identity(authority, "spiffe://cluster.local/ns/tls-mesh/sa/server")
        .in(
            TransportSocket.newBuilder()
                .setName("envoy.transport_sockets.tls")
                .setTypedConfig(Any.pack(tls))
                .build());
  }

  /** A caller of the mesh, with one certificate for both sides. */
  SSLContext client(String spiffeId) {
    return callers.computeIfAbsent(spiffeId, id -> identity(authority, "spiffe://" + id).context());
  }

  private Identity identity(TestAuthority by, String... names) {
    KeyPair key = TestAuthority.newKey();
    return new Identity(by.certify(key.getPublic(), names), key.getPrivate());
  }

  private byte[] crl(X509Certificate... revoked) {
    try {
      return authority.revocation(revoked).getEncoded();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private void write(String file, String text) throws IOException {
    Files.writeString(directory.resolve(file), text);
  }

  private static String pem(X509Certificate certificate) {
    try {
      return encoded("CERTIFICATE", certificate.getEncoded());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String encoded(String label, byte[] der) {
    return "-----BEGIN "
        + label
        + "-----\n"
        + Base64.getMimeEncoder(64, LINE_END).encodeToString(der)
        + "\n-----END "
        + label
        + "-----\n";
  }

  /** What a server was asked for and shown, for the comparison; empty if it isn't TLS. */
  static String told(Socket socket) {
    if (!(socket instanceof SSLSocket tls)) {
      return "";
    }
    ExtendedSSLSession session = (ExtendedSSLSession) tls.getSession();
    String shown;
    try {
      X509Certificate leaf = (X509Certificate) session.getPeerCertificates()[0];
      shown = String.valueOf(leaf.getSubjectAlternativeNames());
    } catch (SSLPeerUnverifiedException e) {
      shown = "nothing";
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
    return "asked for "
        + session.getRequestedServerNames()
        + " by "
        + tls.getApplicationProtocol()
        + ", shown "
        + shown;
  }

  /** A certificate with its key. */
  final class Identity {

    private final X509Certificate certificate;
    private final PrivateKey key;

    Identity(X509Certificate certificate, PrivateKey key) {
      this.certificate = certificate;
      this.key = key;
    }

    private void write(String name) throws IOException {
      Certificates.this.write(name + ".pem", pem(certificate));
      Certificates.this.write(name + ".key", encoded("PRIVATE KEY", key.getEncoded()));
    }

    private SSLContext context() {
      try {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setKeyEntry("own", key, NO_PASSWORD, new X509Certificate[] {certificate});
        KeyManagerFactory own = KeyManagerFactory.getInstance("PKIX");
        own.init(store, NO_PASSWORD);
        KeyStore roots = KeyStore.getInstance("PKCS12");
        roots.load(null, null);
        roots.setCertificateEntry("root", authority.root());
        TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
        trust.init(roots);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(own.getKeyManagers(), trust.getTrustManagers(), null);
        return context;
      } catch (GeneralSecurityException | IOException e) {
        throw new IllegalStateException(e);
      }
    }

    /** What an Envoy of that identity makes of what it would ask for by SDS. */
    TransportSocket in(TransportSocket socket) throws InvalidProtocolBufferException {
      Any config = socket.getTypedConfig();
      if (config.is(UpstreamTlsContext.class)) {
        UpstreamTlsContext.Builder tls = config.unpack(UpstreamTlsContext.class).toBuilder();
        fill(tls.getCommonTlsContextBuilder());
        return socket.toBuilder().setTypedConfig(Any.pack(tls.build())).build();
      }
      if (config.is(DownstreamTlsContext.class)) {
        DownstreamTlsContext.Builder tls = config.unpack(DownstreamTlsContext.class).toBuilder();
        fill(tls.getCommonTlsContextBuilder());
        return socket.toBuilder().setTypedConfig(Any.pack(tls.build())).build();
      }
      return socket;
    }

    private void fill(CommonTlsContext.Builder tls) {
      if (tls.getTlsCertificateSdsSecretConfigsCount() > 0) {
        tls.clearTlsCertificateSdsSecretConfigs()
            .addTlsCertificates(
                TlsCertificate.newBuilder()
                    .setCertificateChain(inline(pem(certificate)))
                    .setPrivateKey(inline(encoded("PRIVATE KEY", key.getEncoded()))));
      }
      if (tls.hasCombinedValidationContext()) {
        tls.setValidationContext(
            tls.getCombinedValidationContext().getDefaultValidationContext().toBuilder()
                .setTrustedCa(inline(pem(authority.root()))));
      }
    }

    private static DataSource inline(String text) {
      return DataSource.newBuilder().setInlineString(text).build();
    }
  }
}
