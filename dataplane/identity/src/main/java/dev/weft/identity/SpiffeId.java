package dev.weft.identity;

import java.security.cert.CertificateException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;

/**
 * A SPIFFE ID, e.g. {@code spiffe://cluster.local/ns/shop/sa/catalog}.
 *
 * @param trustDomain e.g. {@code cluster.local}
 * @param path with its leading slash, e.g. {@code /ns/shop/sa/catalog}
 */
public record SpiffeId(String trustDomain, String path) {

  private static final String SCHEME = "spiffe://";
  private static final int SAN_URI = 6;

  /** The ID of a Kubernetes service account, as Istio spells it. */
  public static SpiffeId ofServiceAccount(
      String trustDomain, String namespace, String serviceAccount) {
    return new SpiffeId(trustDomain, "/ns/" + namespace + "/sa/" + serviceAccount);
  }

  /**
   * @throws IllegalArgumentException if it is not a workload's SPIFFE ID
   */
  public static SpiffeId parse(String uri) {
    int slash = uri.startsWith(SCHEME) ? uri.indexOf('/', SCHEME.length()) : -1;
    if (slash <= SCHEME.length() || slash == uri.length() - 1) {
      throw new IllegalArgumentException("not a workload's SPIFFE ID: " + uri);
    }
    return new SpiffeId(uri.substring(SCHEME.length(), slash), uri.substring(slash));
  }

  /**
   * The ID that a leaf certificate names (SPIFFE X509-SVID §2 and §5.2: exactly one URI SAN, not a
   * CA).
   *
   * @throws CertificateException if it names none, several, or is no leaf
   */
  static SpiffeId of(X509Certificate leaf) throws CertificateException {
    if (leaf.getBasicConstraints() >= 0) {
      throw new CertificateException("the peer's certificate is a CA's");
    }
    String uri = null;
    for (List<?> name : subjectAlternativeNames(leaf)) {
      if (name.get(0) instanceof Integer type && type == SAN_URI) {
        if (uri != null) {
          throw new CertificateException("more than one URI in the certificate");
        }
        uri = (String) name.get(1);
      }
    }
    if (uri == null) {
      throw new CertificateException("no SPIFFE ID in the certificate");
    }
    try {
      return parse(uri);
    } catch (IllegalArgumentException e) {
      throw new CertificateException(e.getMessage(), e);
    }
  }

  private static Collection<List<?>> subjectAlternativeNames(X509Certificate leaf)
      throws CertificateParsingException {
    Collection<List<?>> names = leaf.getSubjectAlternativeNames();
    return names == null ? List.of() : names;
  }

  @Override
  public String toString() {
    return SCHEME + trustDomain + path;
  }
}
