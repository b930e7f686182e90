package dev.weft.identity;

import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateException;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Set;
import javax.net.ssl.CertPathTrustManagerParameters;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Believes a peer whose certificate leads to the mesh's trust bundle (the JDK's PKIX sees to that)
 * and names one SPIFFE ID: one of those allowed if any are named, else one of this trust domain or
 * its aliases. An extended trust manager, so that the JDK adds no host name check of its own.
 */
final class PeerTrust extends X509ExtendedTrustManager {

  private final X509ExtendedTrustManager chains;
  private final String trustDomain;
  private final Set<String> aliases;
  private final Set<String> allowed;

  /**
   * @param aliases trust domains that count as this one
   * @param allowed SPIFFE IDs; empty: any of the trust domain
   */
  PeerTrust(
      X509ExtendedTrustManager chains,
      String trustDomain,
      Set<String> aliases,
      List<String> allowed) {
    this.aliases = Set.copyOf(aliases);
    this.chains = chains;
    this.trustDomain = trustDomain;
    this.allowed = Set.copyOf(allowed);
  }

  /** Judges chains by a trust bundle, and nothing else. */
  static X509ExtendedTrustManager chains(List<X509Certificate> trustBundle)
      throws GeneralSecurityException {
    PKIXBuilderParameters parameters =
        new PKIXBuilderParameters(Svid.anchors(trustBundle), new X509CertSelector());
    parameters.setRevocationEnabled(false);
    TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX", Jdk.TLS_PROVIDER);
    factory.init(new CertPathTrustManagerParameters(parameters));
    return (X509ExtendedTrustManager) factory.getTrustManagers()[0];
  }

  private void checkIdentity(X509Certificate[] chain) throws CertificateException {
    SpiffeId id = SpiffeId.of(chain[0]);
    if (!id.trustDomain().equals(trustDomain)
        && !allowed.contains(id.toString())
        && !(allowed.isEmpty() && aliases.contains(id.trustDomain()))) {
      throw new CertificateException(id + " is not of the trust domain " + trustDomain);
    }
    if (!allowed.isEmpty() && !allowed.contains(id.toString())) {
      throw new CertificateException(
          id + " is not among the identities that may serve this destination: " + allowed);
    }
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    chains.checkServerTrusted(chain, authType, engine);
    checkIdentity(chain);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    chains.checkServerTrusted(chain, authType, socket);
    checkIdentity(chain);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    chains.checkServerTrusted(chain, authType);
    checkIdentity(chain);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    chains.checkClientTrusted(chain, authType, engine);
    checkIdentity(chain);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    chains.checkClientTrusted(chain, authType, socket);
    checkIdentity(chain);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    chains.checkClientTrusted(chain, authType);
    checkIdentity(chain);
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return chains.getAcceptedIssuers();
  }
}
