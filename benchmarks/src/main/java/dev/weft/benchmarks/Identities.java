package dev.weft.benchmarks;

import java.io.IOException;
import java.io.Writer;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.PKCS8Generator;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * What a control server would give the Envoys, as files: a root ({@code root.pem}), and for each
 * service account a certificate ({@code NAME.pem}) and its key ({@code NAME-key.pem}), of the same
 * kind as Weft's own, ECDSA on P-256, that a handshake costs the same.
 */
final class Identities {

  private static final X500Name ROOT = new X500Name("O=cluster.local");
  private static final X500Name NOBODY = new X500Name("");
  private static final Duration LIFE = Duration.ofDays(1);

  private final Path directory;
  private final KeyPair rootKey;

  private Identities(Path directory, KeyPair rootKey) {
    this.directory = directory;
    this.rootKey = rootKey;
  }

  /** Makes the directory and a root in it. */
  static Identities in(Path directory) throws IOException {
    Files.createDirectories(directory);
    Identities identities = new Identities(directory, keyPair());
    identities.certify(
        "root", ROOT, identities.rootKey, Extension.basicConstraints, new BasicConstraints(true));
    return identities;
  }

  /**
   * @param serviceAccount the files' name too
   */
  Identities with(String namespace, String serviceAccount) throws IOException {
    KeyPair key = keyPair();
    String id = "spiffe://cluster.local/ns/" + namespace + "/sa/" + serviceAccount;
    certify(
        serviceAccount,
        NOBODY,
        key,
        Extension.subjectAlternativeName,
        new GeneralNames(new GeneralName(GeneralName.uniformResourceIdentifier, id)));
    PrivateKeyInfo encoded = PrivateKeyInfo.getInstance(key.getPrivate().getEncoded());
    write(serviceAccount + "-key", new PKCS8Generator(encoded, null));
    return this;
  }

  private void certify(
      String file, X500Name subject, KeyPair key, ASN1ObjectIdentifier extension, ASN1Encodable is)
      throws IOException {
    Instant now = Instant.now();
    JcaX509v3CertificateBuilder certificate =
        new JcaX509v3CertificateBuilder(
            ROOT,
            BigInteger.valueOf(System.nanoTime()),
            Date.from(now.minus(Duration.ofMinutes(1))),
            Date.from(now.plus(LIFE)),
            subject,
            key.getPublic());
    certificate.addExtension(extension, true, is);
    try {
      X509CertificateHolder signed =
          certificate.build(
              new JcaContentSignerBuilder("SHA256withECDSA").build(rootKey.getPrivate()));
      write(file, signed);
    } catch (OperatorCreationException e) {
      throw new IllegalStateException("every Java platform signs with ECDSA", e);
    }
  }

  private void write(String file, Object object) throws IOException {
    try (Writer writer = Files.newBufferedWriter(directory.resolve(file + ".pem"));
        JcaPEMWriter pem = new JcaPEMWriter(writer)) {
      pem.writeObject(object);
    }
  }

  private static KeyPair keyPair() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has P-256", e);
    }
  }
}
