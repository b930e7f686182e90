package dev.weft.identity;

import java.io.IOException;
import java.io.StringReader;
import java.math.BigInteger;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.X509v2CRLBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CRLConverter;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.pkcs.PKCS10CertificationRequest;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequest;

/** A throwaway certificate authority, as correct or as odd as a test wants it. */
public final class TestAuthority implements CertificateAuthority {

  private static final SecureRandom RANDOM = new SecureRandom();

  private final KeyPair key = newKey();
  private final X509Certificate root;
  private final List<X509Certificate> bundle = new ArrayList<>();
  private final List<String> names;
  private Duration life = Duration.ofHours(1);

  /**
   * @param names URIs that every certificate bears, whatever its request asks for
   */
  public TestAuthority(String... names) {
    this.names = List.of(names);
    this.root = selfSigned(key);
    bundle.add(root);
  }

  TestAuthority living(Duration life) {
    this.life = life;
    return this;
  }

  TestAuthority trusting(TestAuthority other) {
    bundle.add(other.root);
    return this;
  }

  public X509Certificate root() {
    return root;
  }

  @Override
  public List<String> sign(String certificateRequest, long validitySeconds) {
    try {
      JcaPKCS10CertificationRequest request = parse(certificateRequest);
      if (!request.isSignatureValid(
          new JcaContentVerifierProviderBuilder().build(request.getPublicKey()))) {
        throw new IllegalArgumentException("bad signature on the request");
      }
      Duration validity = validitySeconds > 0 ? Duration.ofSeconds(validitySeconds) : life;
      Instant now = Instant.now();
      X509Certificate leaf =
          leaf(request.getPublicKey(), now.minusSeconds(120), now.plus(validity), names);
      return List.of(pem(leaf), pems(bundle));
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  static JcaPKCS10CertificationRequest parse(String pem) throws IOException {
    try (PEMParser parser = new PEMParser(new StringReader(pem))) {
      return new JcaPKCS10CertificationRequest((PKCS10CertificationRequest) parser.readObject());
    }
  }

  /** An SVID by this authority. */
  public Svid issue(String... uris) {
    Instant now = Instant.now();
    return issue(now.minusSeconds(120), now.plus(life), uris);
  }

  Svid issue(Instant from, Instant until, String... uris) {
    KeyPair leafKey = newKey();
    X509Certificate leaf = leaf(leafKey.getPublic(), from, until, List.of(uris));
    return new Svid(
        SpiffeId.parse(uris[0]), leafKey.getPrivate(), List.of(leaf), List.copyOf(bundle), until);
  }

  /** For a key, with URIs and DNS names. */
  public X509Certificate certify(PublicKey subject, String... names) {
    Instant now = Instant.now();
    return leaf(subject, now.minusSeconds(120), now.plus(life), List.of(names));
  }

  public X509CRL revocation(X509Certificate... revoked) {
    try {
      Instant now = Instant.now();
      X509v2CRLBuilder builder =
          new X509v2CRLBuilder(
              X500Name.getInstance(root.getSubjectX500Principal().getEncoded()),
              Date.from(now.minusSeconds(60)));
      builder.setNextUpdate(Date.from(now.plus(life)));
      for (X509Certificate certificate : revoked) {
        builder.addCRLEntry(certificate.getSerialNumber(), Date.from(now.minusSeconds(60)), 0);
      }
      return new JcaX509CRLConverter()
          .getCRL(
              builder.build(
                  new JcaContentSignerBuilder("SHA256withECDSA").build(key.getPrivate())));
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private X509Certificate leaf(PublicKey subject, Instant from, Instant until, List<String> uris) {
    try {
      GeneralName[] alternatives =
          uris.stream()
              .map(
                  name ->
                      new GeneralName(
                          name.contains("://")
                              ? GeneralName.uniformResourceIdentifier
                              : GeneralName.dNSName,
                          name))
              .toArray(GeneralName[]::new);
      JcaX509v3CertificateBuilder builder =
          new JcaX509v3CertificateBuilder(
              X500Name.getInstance(root.getSubjectX500Principal().getEncoded()),
              new BigInteger(64, RANDOM),
              Date.from(from),
              Date.from(until),
              new X500Name(""),
              subject);
      builder.addExtension(Extension.subjectAlternativeName, true, new GeneralNames(alternatives));
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
      builder.addExtension(
          Extension.keyUsage,
          true,
          new KeyUsage(KeyUsage.digitalSignature | KeyUsage.keyEncipherment));
      builder.addExtension(
          Extension.extendedKeyUsage,
          false,
          new ExtendedKeyUsage(
              new KeyPurposeId[] {KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth}));
      return sign(builder, key);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private static X509Certificate selfSigned(KeyPair key) {
    try {
      X500Name name = new X500Name("O=test,CN=root " + Long.toHexString(RANDOM.nextLong()));
      Instant now = Instant.now();
      JcaX509v3CertificateBuilder builder =
          new JcaX509v3CertificateBuilder(
              name,
              BigInteger.ONE,
              Date.from(now.minusSeconds(86_400)),
              Date.from(now.plusSeconds(86_400)),
              name,
              key.getPublic());
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
      builder.addExtension(
          Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
      return sign(builder, key);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private static X509Certificate sign(JcaX509v3CertificateBuilder builder, KeyPair by)
      throws Exception {
    return new JcaX509CertificateConverter()
        .getCertificate(
            builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(by.getPrivate())));
  }

  public static KeyPair newKey() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC", "SunEC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      return generator.generateKeyPair();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private static String pems(List<X509Certificate> certificates) {
    StringBuilder text = new StringBuilder();
    certificates.forEach(certificate -> text.append(pem(certificate)));
    return text.toString();
  }

  static String pem(X509Certificate certificate) {
    try {
      return Pem.encode("CERTIFICATE", certificate.getEncoded());
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
