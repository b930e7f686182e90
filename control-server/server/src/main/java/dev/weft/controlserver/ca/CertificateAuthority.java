package dev.weft.controlserver.ca;

import dev.weft.controlserver.identity.Identity;
import dev.weft.controlserver.state.StateDirectory;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Set;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.sec.SECObjectIdentifiers;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.pkcs.PKCS10CertificationRequest;
import org.bouncycastle.pkcs.PKCSException;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Issues SPIFFE X.509 certificates, with the profile of Istio's certificate authority
 * (security/pkg/pki): an empty subject, hence a critical SAN; digitalSignature and keyEncipherment;
 * serverAuth and clientAuth; valid from two minutes ago, never beyond the root.
 */
public final class CertificateAuthority {
  static final Duration CLOCK_SKEW = Duration.ofMinutes(2);

  private static final Logger log = LoggerFactory.getLogger(CertificateAuthority.class);
  private static final Duration NINETY_DAYS = Duration.ofDays(90);
  private static final X500Name NO_SUBJECT = new X500Name("");

  private final RootCertificate root;
  private final String trustDomain;
  private final Duration longestLife;
  private final Clock clock;
  private final Counter issued;
  private final Counter refused;

  /**
   * @param longestLife of a certificate, and the life of one whose request names none; at most 90
   *     days
   */
  public CertificateAuthority(
      StateDirectory state,
      String trustDomain,
      Duration longestLife,
      Clock clock,
      MeterRegistry metrics) {
    if (longestLife.compareTo(NINETY_DAYS) > 0 || longestLife.compareTo(Duration.ZERO) <= 0) {
      throw new IllegalArgumentException(
          "a certificate's life must be more than nothing and at most 90 days");
    }
    this.root = RootCertificate.in(state, trustDomain, clock);
    this.trustDomain = trustDomain;
    this.longestLife = longestLife;
    this.clock = clock;
    issued = metrics.counter("weft.control.certificates.issued");
    refused = metrics.counter("weft.control.certificates.refused");
  }

  /** What the authority has done since it started, for people to read. */
  public record CertificateStatus(
      String trustDomain, long issued, long refused, Instant rootExpires) {}

  public CertificateStatus status() {
    return new CertificateStatus(
        trustDomain,
        (long) issued.count(),
        (long) refused.count(),
        root.certificate().getNotAfter().toInstant());
  }

  /** The trust anchor. */
  public X509Certificate root() {
    return root.certificate();
  }

  /**
   * Issues a certificate to a caller whose identity is proven. Of the request, only the key counts.
   *
   * @param seconds the life asked for; 0 and less mean the longest, and more is not given
   * @return PEM: the leaf, then the root bundle
   */
  List<String> issue(Identity caller, String requestPem, long seconds) throws RequestRefused {
    try {
      String spiffeId = caller.spiffeId(trustDomain);
      X509Certificate leaf =
          sign(
              provenKey(Pem.request(requestPem)),
              new GeneralNames(new GeneralName(GeneralName.uniformResourceIdentifier, spiffeId)),
              life(seconds));
      issued.increment();
      log.info(
          "certificate {} issued to {}, until {}",
          leaf.getSerialNumber().toString(16),
          spiffeId,
          leaf.getNotAfter().toInstant());
      return List.of(Pem.of(leaf), Pem.of(root.certificate()));
    } catch (RequestRefused e) {
      refused.increment();
      log.warn("a certificate is refused to {}: {}", caller, e.getMessage());
      throw e;
    }
  }

  private Duration life(long seconds) {
    Duration asked = Duration.ofSeconds(seconds);
    return seconds <= 0 || asked.compareTo(longestLife) > 0 ? longestLife : asked;
  }

  void countUnauthenticated() {
    refused.increment();
  }

  /** A key and certificate for a server of our own, valid for the names and addresses given. */
  public ServingCertificate serving(Set<String> dnsNames, Set<String> addresses) {
    List<GeneralName> names = new ArrayList<>();
    dnsNames.forEach(name -> names.add(new GeneralName(GeneralName.dNSName, name)));
    addresses.forEach(address -> names.add(new GeneralName(GeneralName.iPAddress, address)));
    KeyPair pair = Keys.generate();
    X509Certificate leaf =
        sign(pair.getPublic(), new GeneralNames(names.toArray(GeneralName[]::new)), longestLife);
    return new ServingCertificate(pair.getPrivate(), List.of(leaf, root.certificate()));
  }

  private X509Certificate sign(PublicKey key, GeneralNames names, Duration life) {
    Instant now = clock.instant();
    Instant end = now.plus(life);
    Instant rootEnd = root.certificate().getNotAfter().toInstant();
    try {
      var builder =
          new JcaX509v3CertificateBuilder(
              X500Name.getInstance(root.certificate().getSubjectX500Principal().getEncoded()),
              Keys.serial(),
              Date.from(now.minus(CLOCK_SKEW)),
              Date.from(end.isAfter(rootEnd) ? rootEnd : end),
              NO_SUBJECT,
              key);
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
      builder.addExtension(
          Extension.authorityKeyIdentifier,
          false,
          new JcaX509ExtensionUtils()
              // The key alone: with the root's serial in it, a renewed root would not do.
              .createAuthorityKeyIdentifier(root.certificate().getPublicKey()));
      builder.addExtension(Extension.subjectAlternativeName, true, names);
      return Keys.sign(builder, root.key());
    } catch (GeneralSecurityException | IOException | OperatorCreationException e) {
      throw new IllegalStateException("a certificate can't be signed", e);
    }
  }

  /** The request's public key, once it is P-256 and the request is signed with its private key. */
  private static PublicKey provenKey(PKCS10CertificationRequest request) throws RequestRefused {
    try {
      var parameters = request.getSubjectPublicKeyInfo().getAlgorithm().getParameters();
      if (!(parameters instanceof ASN1ObjectIdentifier curve)
          || !curve.equals(SECObjectIdentifiers.secp256r1)) {
        throw new RequestRefused("the key must be ECDSA on P-256");
      }
      PublicKey key = new JcaPKCS10CertificationRequest(request).getPublicKey();
      if (!(key instanceof ECPublicKey)
          || !request.isSignatureValid(new JcaContentVerifierProviderBuilder().build(key))) {
        throw new RequestRefused("the request is not signed with its own key");
      }
      return key;
    } catch (GeneralSecurityException | OperatorCreationException | PKCSException e) {
      throw new RequestRefused("the request's key or signature can't be read", e);
    }
  }
}
