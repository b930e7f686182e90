package dev.weft.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IdentitiesTest {

  @TempDir private Path directory;

  @Test
  void theRootSignsAnIdentity() throws IOException, GeneralSecurityException {
    Identities.in(directory.resolve("identity")).with("shop", "catalog");

    X509Certificate root = certificate("root.pem");
    X509Certificate catalog = certificate("catalog.pem");
    assertThatCode(() -> catalog.verify(root.getPublicKey())).doesNotThrowAnyException();
    int uri = 6;
    assertThat(catalog.getSubjectAlternativeNames())
        .containsExactly(List.of(uri, "spiffe://cluster.local/ns/shop/sa/catalog"));
    assertThat(root.getBasicConstraints()).isNotNegative();
    assertThat(catalog.getBasicConstraints()).isNegative();
    assertThat(Files.readString(directory.resolve("identity/catalog-key.pem")))
        .startsWith("-----BEGIN PRIVATE KEY-----");
  }

  private X509Certificate certificate(String file) throws IOException, GeneralSecurityException {
    try (InputStream pem = Files.newInputStream(directory.resolve("identity").resolve(file))) {
      return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(pem);
    }
  }
}
