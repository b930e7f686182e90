package dev.weft.controlserver.ca;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.controlserver.identity.Identity;
import dev.weft.controlserver.state.StateDirectory;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.CertPath;
import java.security.cert.CertPathValidator;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Date;
import java.util.List;
import java.util.Set;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.ExtensionsGenerator;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.pkcs.PKCS10CertificationRequest;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CertificateAuthorityTest {
  private static final Instant NOW = Instant.parse("2026-06-01T12:00:00Z");
  private static final Identity CATALOG = new Identity("shop", "catalog");
  private static final String CATALOG_ID = "spiffe://cluster.local/ns/shop/sa/catalog";

  private final Path directory;

  CertificateAuthorityTest(@TempDir Path directory) {
    this.directory = directory;
  }

  private CertificateAuthority authority(Instant now) {
    return authority(Clock.fixed(now, ZoneOffset.UTC));
  }

  private CertificateAuthority authority(Clock clock) {
    return new CertificateAuthority(
        new StateDirectory(directory.resolve("state")),
        "cluster.local",
        Duration.ofHours(24),
        clock,
        new SimpleMeterRegistry());
  }

  @Test
  void issuesAChainThatVerifiesAgainstTheRoot() throws Exception {
    List<String> chain = authority(NOW).issue(CATALOG, request(ecKey("secp256r1")), 0);

    assertThat(chain).hasSize(2);
    X509Certificate root = Pem.certificate(chain.get(1));
    verify(Pem.certificate(chain.get(0)), root, NOW);
  }

  @Test
  void theCertificateHasTheProfileOfIstios() throws Exception {
    X509Certificate leaf = leaf(authority(NOW).issue(CATALOG, request(ecKey("secp256r1")), 0));

    assertThat(leaf.getSubjectX500Principal().getName()).isEmpty();
    assertThat(leaf.getSubjectAlternativeNames()).containsExactly(List.of(6, CATALOG_ID));
    assertThat(leaf.getCriticalExtensionOIDs())
        .contains(Extension.subjectAlternativeName.getId(), Extension.keyUsage.getId());
    assertThat(leaf.getKeyUsage()).startsWith(true, false, true, false, false, false);
    assertThat(leaf.getExtendedKeyUsage())
        .containsExactlyInAnyOrder("1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2");
    assertThat(leaf.getBasicConstraints()).isEqualTo(-1);
    assertThat(leaf.getNotBefore().toInstant()).isEqualTo(NOW.minus(Duration.ofMinutes(2)));
    assertThat(leaf.getNotAfter().toInstant()).isEqualTo(NOW.plus(Duration.ofHours(24)));
  }

  @Test
  void theIdentityIsTheCallersWhateverTheRequestAsksFor() throws Exception {
    KeyPair key = ecKey("secp256r1");
    ExtensionsGenerator wishes = new ExtensionsGenerator();
    wishes.addExtension(
        Extension.subjectAlternativeName,
        false,
        new GeneralNames(
            new GeneralName(
                GeneralName.uniformResourceIdentifier, "spiffe://cluster.local/ns/bank/sa/vault")));
    var builder =
        new JcaPKCS10CertificationRequestBuilder(new X500Name("CN=vault"), key.getPublic());
    builder.addAttribute(PKCSObjectIdentifiers.pkcs_9_at_extensionRequest, wishes.generate());
    String request =
        pem(builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(key.getPrivate())));

    assertThat(leaf(authority(NOW).issue(CATALOG, request, 0)).getSubjectAlternativeNames())
        .containsExactly(List.of(6, CATALOG_ID));
  }

  @Test
  void aLifeIsTheOneAskedForUpToTheLongest() throws Exception {
    CertificateAuthority authority = authority(NOW);
    String request = request(ecKey("secp256r1"));

    assertThat(leaf(authority.issue(CATALOG, request, 60)).getNotAfter().toInstant())
        .isEqualTo(NOW.plusSeconds(60));
    for (long tooLong : List.of(Duration.ofHours(24).toSeconds() + 1, Long.MAX_VALUE)) {
      assertThat(leaf(authority.issue(CATALOG, request, tooLong)).getNotAfter().toInstant())
          .isEqualTo(NOW.plus(Duration.ofHours(24)));
    }
    assertThat(authority.status().issued()).isEqualTo(3);
  }

  @Test
  void noCertificateOutlivesTheRoot() throws Exception {
    SettableClock clock = new SettableClock(NOW);
    CertificateAuthority authority = authority(clock);
    Instant rootEnd = authority.root().getNotAfter().toInstant();
    clock.now = rootEnd.minus(Duration.ofHours(1));

    assertThat(
            leaf(authority.issue(CATALOG, request(ecKey("secp256r1")), 0))
                .getNotAfter()
                .toInstant())
        .isEqualTo(rootEnd);
  }

  @Test
  void refusesOtherKeysThanP256() throws Exception {
    CertificateAuthority authority = authority(NOW);
    KeyPairGenerator rsa = KeyPairGenerator.getInstance("RSA");
    rsa.initialize(2048);
    String rsaRequest = pem(signed(rsa.generateKeyPair(), "SHA256withRSA"));
    String p384 = request(ecKey("secp384r1"));

    assertThatThrownBy(() -> authority.issue(CATALOG, rsaRequest, 0))
        .isInstanceOf(RequestRefused.class)
        .hasMessageContaining("P-256");
    assertThatThrownBy(() -> authority.issue(CATALOG, p384, 0)).isInstanceOf(RequestRefused.class);
  }

  @Test
  void refusesARequestThatIsNotSignedWithItsKey() throws Exception {
    KeyPair key = ecKey("secp256r1");
    String request =
        pem(
            new JcaPKCS10CertificationRequestBuilder(new X500Name(""), key.getPublic())
                .build(
                    new JcaContentSignerBuilder("SHA256withECDSA")
                        .build(ecKey("secp256r1").getPrivate())));

    assertThatThrownBy(() -> authority(NOW).issue(CATALOG, request, 0))
        .isInstanceOf(RequestRefused.class)
        .hasMessageContaining("signed");
  }

  @Test
  void refusesWhatIsNoRequest() {
    CertificateAuthority authority = authority(NOW);

    for (String junk : List.of("", "junk", "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n")) {
      assertThatThrownBy(() -> authority.issue(CATALOG, junk, 0))
          .isInstanceOf(RequestRefused.class);
    }
  }

  @Test
  void keepsItsRootAndHidesItsKey() throws Exception {
    X509Certificate root = authority(NOW).root();

    assertThat(authority(NOW.plusSeconds(60)).root()).isEqualTo(root);
    assertThat(
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(
                    directory.resolve("state").resolve(RootCertificate.KEY_FILE))))
        .isEqualTo("rw-------");
  }

  @Test
  void renewsAnAgeingRootWithTheSameKey() throws Exception {
    CertificateAuthority old = authority(NOW);
    Instant inLastFifth = old.root().getNotAfter().toInstant().minus(Duration.ofDays(600));
    CertificateAuthority renewed = authority(inLastFifth);

    assertThat(renewed.root()).isNotEqualTo(old.root());
    assertThat(renewed.root().getPublicKey()).isEqualTo(old.root().getPublicKey());
    verify(leaf(renewed.issue(CATALOG, request(ecKey("secp256r1")), 0)), old.root(), inLastFifth);
  }

  @Test
  void servesUnderTheNamesGiven() throws Exception {
    CertificateAuthority authority = authority(NOW);
    ServingCertificate serving = authority.serving(Set.of("localhost"), Set.of("127.0.0.1"));

    verify(serving.chain().get(0), authority.root(), NOW);
    assertThat(serving.chain().get(0).getSubjectAlternativeNames())
        .containsExactlyInAnyOrder(List.of(2, "localhost"), List.of(7, "127.0.0.1"));
  }

  /** Stands still until it is set. */
  private static final class SettableClock extends Clock {
    private Instant now;

    SettableClock(Instant now) {
      this.now = now;
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }

    @Override
    public Instant instant() {
      return now;
    }
  }

  private static X509Certificate leaf(List<String> chain) {
    return Pem.certificate(chain.get(0));
  }

  /** With the JDK's own path validation. */
  private static void verify(X509Certificate leaf, X509Certificate root, Instant at)
      throws Exception {
    CertPath path = CertificateFactory.getInstance("X.509").generateCertPath(List.of(leaf));
    PKIXParameters parameters = new PKIXParameters(Set.of(new TrustAnchor(root, null)));
    parameters.setRevocationEnabled(false);
    parameters.setDate(Date.from(at));
    CertPathValidator.getInstance("PKIX").validate(path, parameters);
  }

  static KeyPair ecKey(String curve) throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec(curve));
    return generator.generateKeyPair();
  }

  private static String request(KeyPair key) throws Exception {
    return pem(signed(key, "SHA256withECDSA"));
  }

  private static PKCS10CertificationRequest signed(KeyPair key, String algorithm) throws Exception {
    return new JcaPKCS10CertificationRequestBuilder(new X500Name(""), key.getPublic())
        .build(new JcaContentSignerBuilder(algorithm).build(key.getPrivate()));
  }

  private static String pem(Object object) throws Exception {
    StringWriter text = new StringWriter();
    try (JcaPEMWriter writer = new JcaPEMWriter(text)) {
      writer.writeObject(object);
    }
    return text.toString();
  }
}
