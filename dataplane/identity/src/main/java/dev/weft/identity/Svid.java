package dev.weft.identity;

import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.cert.CertPathValidator;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A SPIFFE X.509 SVID: a proved identity and the roots by which this workload judges others.
 *
 * @param chain leaf first, then intermediates; without a root
 * @param trustBundle the trust domain's roots, more than one while they change
 */
public record Svid(
    SpiffeId id,
    PrivateKey key,
    List<X509Certificate> chain,
    List<X509Certificate> trustBundle,
    Instant expiry) {

  public Svid {
    chain = List.copyOf(chain);
    trustBundle = List.copyOf(trustBundle);
  }

  /**
   * Takes an authority's answer to a request made for {@code key}.
   *
   * @param pems leaf first, then intermediates, the trust bundle last
   * @throws GeneralSecurityException if it is not a valid certificate of that key, by that bundle
   */
  static Svid of(List<String> pems, KeyPair key, Instant now) throws GeneralSecurityException {
    if (pems.size() < 2) {
      throw new CertificateException(
          "the authority answered with "
              + pems.size()
              + " certificates; a chain and a trust bundle are needed");
    }
    List<X509Certificate> chain = new ArrayList<>();
    for (String pem : pems.subList(0, pems.size() - 1)) {
      chain.addAll(Pem.certificates(pem));
    }
    List<X509Certificate> bundle = Pem.certificates(pems.get(pems.size() - 1));
    // A root repeated at the chain's end proves nothing and would fail path validation.
    chain.removeIf(bundle::contains);
    if (chain.isEmpty()) {
      throw new CertificateException("the authority answered with roots only");
    }
    X509Certificate leaf = chain.get(0);
    if (!leaf.getPublicKey().equals(key.getPublic())) {
      throw new CertificateException("the authority certified another key");
    }
    validate(chain, bundle, now);
    return new Svid(
        SpiffeId.of(leaf), key.getPrivate(), chain, bundle, leaf.getNotAfter().toInstant());
  }

  private static void validate(
      List<X509Certificate> chain, List<X509Certificate> bundle, Instant now)
      throws GeneralSecurityException {
    PKIXParameters parameters = new PKIXParameters(anchors(bundle));
    parameters.setRevocationEnabled(false);
    parameters.setDate(Date.from(now));
    CertificateFactory factory = CertificateFactory.getInstance("X.509", Jdk.CERTIFICATE_PROVIDER);
    CertPathValidator.getInstance("PKIX", Jdk.CERTIFICATE_PROVIDER)
        .validate(factory.generateCertPath(chain), parameters);
  }

  static Set<TrustAnchor> anchors(List<X509Certificate> bundle) {
    return bundle.stream()
        .map(root -> new TrustAnchor(root, null))
        .collect(Collectors.toUnmodifiableSet());
  }

  /** Without the key. */
  @Override
  public String toString() {
    return "Svid[" + id + ", until " + expiry + ", " + trustBundle.size() + " roots]";
  }
}
