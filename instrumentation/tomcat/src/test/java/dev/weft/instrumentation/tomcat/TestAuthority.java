package dev.weft.instrumentation.tomcat;

import java.io.OutputStream;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Date;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** A certificate authority for as long as a test runs. */
final class TestAuthority {

  private final KeyPair keys = keyPair();
  private final X509Certificate root =
      sign("root", keys, null, Instant.now().plus(1, ChronoUnit.DAYS));
  private int serial;

  TestAuthority() throws Exception {}

  /** Writes a key, its certificate and the root to a PKCS #12 file. */
  void issue(Path file, GeneralName name) throws Exception {
    issue(file, name, Instant.now().plus(1, ChronoUnit.DAYS));
  }

  /** One that ends sooner. */
  void issue(Path file, GeneralName name, Instant notAfter) throws Exception {
    KeyPair pair = keyPair();
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    char[] password = "changeit".toCharArray();
    Certificate[] chain = {sign("leaf", pair, name, notAfter), root};
    store.setKeyEntry("identity", pair.getPrivate(), password, chain);
    store.setCertificateEntry("root", root);
    try (OutputStream out = Files.newOutputStream(file)) {
      store.store(out, password);
    }
  }

  private X509Certificate sign(
      String subject,
      KeyPair pair,
      @org.jspecify.annotations.Nullable GeneralName name,
      Instant notAfter)
      throws Exception {
    Instant now = Instant.now();
    JcaX509v3CertificateBuilder builder =
        new JcaX509v3CertificateBuilder(
            new X500Name("CN=root"),
            BigInteger.valueOf(++serial),
            Date.from(now.minus(1, ChronoUnit.HOURS)),
            Date.from(notAfter),
            new X500Name("CN=" + subject),
            pair.getPublic());
    if (name == null) {
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
    } else {
      builder.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(name));
    }
    return new JcaX509CertificateConverter()
        .getCertificate(
            builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(keys.getPrivate())));
  }

  private static KeyPair keyPair() throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    return generator.generateKeyPair();
  }
}
