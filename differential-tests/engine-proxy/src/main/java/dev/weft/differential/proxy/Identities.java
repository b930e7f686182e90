package dev.weft.differential.proxy;

import dev.weft.identity.SpiffeId;
import dev.weft.identity.Svid;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;

/**
 * The workloads' certificates, in a directory: {@code NAMESPACE.pem} with its key {@code
 * NAMESPACE.key}, and {@code root.pem}. Envoy shows the same ones.
 */
record Identities(Path directory) {

  /** Of the workload whose service account is called as its namespace. */
  Svid of(String namespace) {
    try {
      X509Certificate leaf = certificate(namespace + ".pem");
      return new Svid(
          SpiffeId.ofServiceAccount("cluster.local", namespace, namespace),
          key(namespace + ".key"),
          List.of(leaf),
          List.of(certificate("root.pem")),
          leaf.getNotAfter().toInstant());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private X509Certificate certificate(String file) throws IOException, GeneralSecurityException {
    try (InputStream in = Files.newInputStream(directory.resolve(file))) {
      return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
    }
  }

  private PrivateKey key(String file) throws IOException, GeneralSecurityException {
    String base64 = Files.readString(directory.resolve(file)).replaceAll("-----.*-----", "");
    return KeyFactory.getInstance("EC")
        .generatePrivate(new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(base64)));
  }
}
