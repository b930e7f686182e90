package dev.weft.smoke;

import java.io.IOException;
import java.io.Reader;
import java.math.BigInteger;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * A peer in the mesh that isn't ours: any TLS client with a certificate of the mesh's root and
 * Istio's ALPN name.
 */
final class MeshPeer {

  private static final char[] NO_PASSWORD = {};

  private final SSLContext tls;

  private MeshPeer(SSLContext tls) {
    this.tls = tls;
  }

  /**
   * Signs itself a certificate with the root's key.
   *
   * @param state of the control server
   */
  static MeshPeer of(Path state, String spiffeId) throws IOException, GeneralSecurityException {
    JcaX509CertificateConverter certificates = new JcaX509CertificateConverter();
    JcaPEMKeyConverter keys = new JcaPEMKeyConverter();
    X509Certificate root =
        certificates.getCertificate((X509CertificateHolder) pem(state.resolve("root-cert.pem")));
    PrivateKey rootKey = keys.getPrivateKey((PrivateKeyInfo) pem(state.resolve("root-key.pem")));
    KeyPair key = KeyPairGenerator.getInstance("EC").generateKeyPair();
    Instant now = Instant.now();
    X509Certificate leaf;
    try {
      leaf =
          certificates.getCertificate(
              new JcaX509v3CertificateBuilder(
                      root,
                      BigInteger.valueOf(now.toEpochMilli()),
                      Date.from(now.minus(Duration.ofMinutes(1))),
                      Date.from(now.plus(Duration.ofHours(1))),
                      new X500Name(new org.bouncycastle.asn1.x500.RDN[0]),
                      key.getPublic())
                  .addExtension(
                      Extension.subjectAlternativeName,
                      true,
                      new GeneralNames(
                          new GeneralName(GeneralName.uniformResourceIdentifier, spiffeId)))
                  .build(new JcaContentSignerBuilder("SHA256withECDSA").build(rootKey)));
    } catch (OperatorCreationException e) {
      throw new GeneralSecurityException(e);
    }
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    store.setKeyEntry("own", key.getPrivate(), NO_PASSWORD, new X509Certificate[] {leaf, root});
    KeyManagerFactory own = KeyManagerFactory.getInstance("PKIX");
    own.init(store, NO_PASSWORD);
    KeyStore roots = KeyStore.getInstance("PKCS12");
    roots.load(null, null);
    roots.setCertificateEntry("root", root);
    TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(roots);
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(own.getKeyManagers(), trust.getTrustManagers(), null);
    return new MeshPeer(tls);
  }

  private static Object pem(Path file) throws IOException {
    try (Reader reader = Files.newBufferedReader(file);
        PEMParser parser = new PEMParser(reader)) {
      return parser.readObject();
    }
  }

  Socket connect(int port) throws IOException {
    SSLSocket socket = (SSLSocket) tls.getSocketFactory().createSocket("127.0.0.1", port);
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setApplicationProtocols(new String[] {"istio-http/1.1", "istio"});
    socket.setSSLParameters(parameters);
    socket.startHandshake();
    return socket;
  }
}
