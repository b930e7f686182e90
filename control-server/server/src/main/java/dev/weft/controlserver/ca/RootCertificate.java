package dev.weft.controlserver.ca;

import dev.weft.controlserver.state.StateDirectory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The self-signed root, kept in the state directory. It lives ten years and is renewed in the last
 * fifth of them with the same key, as Istio's is, so that whoever trusts the old one trusts the
 * new.
 *
 * @param key signs what the authority issues
 * @param certificate the trust anchor
 */
record RootCertificate(PrivateKey key, X509Certificate certificate) {
  static final String KEY_FILE = "root-key.pem";
  static final String CERTIFICATE_FILE = "root-cert.pem";

  private static final Logger log = LoggerFactory.getLogger(RootCertificate.class);
  private static final Duration LIFE = Duration.ofDays(3650);

  static RootCertificate in(StateDirectory state, String trustDomain, Clock clock) {
    KeyPair pair =
        Keys.pair(
            Pem.privateKey(state.secret(KEY_FILE, () -> Pem.of(Keys.generate().getPrivate()))));
    Path file = state.path(CERTIFICATE_FILE);
    try {
      if (Files.exists(file)) {
        X509Certificate kept = Pem.certificate(Files.readString(file));
        if (!kept.getPublicKey().equals(pair.getPublic())) {
          throw new IllegalStateException(file + " is not the certificate of " + KEY_FILE);
        }
        if (!inLastFifth(kept, clock.instant())) {
          return new RootCertificate(pair.getPrivate(), kept);
        }
      }
      X509Certificate made = selfSigned(pair, trustDomain, clock.instant());
      state.write(CERTIFICATE_FILE, Pem.of(made));
      log.info("root certificate made: {}, until {}", file, made.getNotAfter().toInstant());
      return new RootCertificate(pair.getPrivate(), made);
    } catch (IOException e) {
      throw new UncheckedIOException(file + " can't be used", e);
    }
  }

  private static boolean inLastFifth(X509Certificate certificate, Instant now) {
    Instant end = certificate.getNotAfter().toInstant();
    Duration life = Duration.between(certificate.getNotBefore().toInstant(), end);
    return now.isAfter(end.minus(life.dividedBy(5)));
  }

  private static X509Certificate selfSigned(KeyPair pair, String trustDomain, Instant now) {
    X500Name name = new X500Name("O=" + trustDomain);
    try {
      var extensions = new JcaX509ExtensionUtils();
      var builder =
          new JcaX509v3CertificateBuilder(
              name,
              Keys.serial(),
              Date.from(now.minus(CertificateAuthority.CLOCK_SKEW)),
              Date.from(now.plus(LIFE)),
              name,
              pair.getPublic());
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
      builder.addExtension(
          Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
      builder.addExtension(
          Extension.subjectKeyIdentifier,
          false,
          extensions.createSubjectKeyIdentifier(pair.getPublic()));
      return Keys.sign(builder, pair.getPrivate());
    } catch (GeneralSecurityException | IOException | OperatorCreationException e) {
      throw new IllegalStateException("the root certificate can't be made", e);
    }
  }
}
