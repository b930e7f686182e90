package dev.weft.identity;

import dev.weft.engine.spi.OriginatedTls;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CRL;
import java.security.cert.CertPathBuilder;
import java.security.cert.CertStore;
import java.security.cert.CertificateException;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.PKIXRevocationChecker;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import javax.net.ssl.CertPathTrustManagerParameters;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Believes a server as {@link OriginatedTls} says. An extended trust manager, so that the JDK adds
 * no host name check of its own.
 */
final class ServerTrust extends X509ExtendedTrustManager {

  private static final int DNS = 2;
  private static final int URI = 6;
  private static final int IP_ADDRESS = 7;

  private final @Nullable X509TrustManager chains;
  private final List<String> names;

  /**
   * @param chains judges them; null: nobody does
   * @param names of which the server's certificate must have one; empty: any
   */
  ServerTrust(@Nullable X509TrustManager chains, List<String> names) {
    this.chains = chains;
    this.names = names;
  }

  /**
   * @param roots null: those that the JVM trusts
   * @param revoked empty: nothing is revoked
   */
  static X509TrustManager chains(
      @Nullable List<X509Certificate> roots, Collection<? extends CRL> revoked)
      throws GeneralSecurityException {
    List<X509Certificate> trusted =
        roots == null && !revoked.isEmpty() ? List.of(jvms().getAcceptedIssuers()) : roots;
    if (trusted == null) {
      return jvms();
    }
    PKIXBuilderParameters parameters =
        new PKIXBuilderParameters(Svid.anchors(trusted), new X509CertSelector());
    parameters.setRevocationEnabled(false);
    if (!revoked.isEmpty()) {
      PKIXRevocationChecker checker =
          (PKIXRevocationChecker)
              CertPathBuilder.getInstance("PKIX", Jdk.CERTIFICATE_PROVIDER).getRevocationChecker();
      checker.setOptions(
          EnumSet.of(
              PKIXRevocationChecker.Option.PREFER_CRLS, PKIXRevocationChecker.Option.NO_FALLBACK));
      parameters.addCertPathChecker(checker);
      parameters.addCertStore(
          CertStore.getInstance(
              "Collection", new CollectionCertStoreParameters(revoked), Jdk.CERTIFICATE_PROVIDER));
    }
    TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX", Jdk.TLS_PROVIDER);
    factory.init(new CertPathTrustManagerParameters(parameters));
    return first(factory);
  }

  private static X509TrustManager jvms() throws GeneralSecurityException {
    TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX", Jdk.TLS_PROVIDER);
    factory.init((KeyStore) null);
    return first(factory);
  }

  private static X509TrustManager first(TrustManagerFactory factory) {
    for (TrustManager manager : factory.getTrustManagers()) {
      if (manager instanceof X509TrustManager found) {
        return found;
      }
    }
    throw new IllegalStateException("no trust manager for X.509");
  }

  private void check(X509Certificate[] chain, String authType) throws CertificateException {
    if (chains == null) {
      return;
    }
    chains.checkServerTrusted(chain, authType);
    if (!names.isEmpty() && names.stream().noneMatch(name -> has(chain[0], name))) {
      throw new CertificateException(
          "the server's certificate, of "
              + chain[0].getSubjectX500Principal()
              + ", is for none of "
              + names);
    }
  }

  /** As Envoy's exact match: a wildcard in the certificate stands for one label. */
  private static boolean has(X509Certificate certificate, String name) {
    try {
      Collection<List<?>> alternatives = certificate.getSubjectAlternativeNames();
      if (alternatives == null) {
        return false;
      }
      for (List<?> alternative : alternatives) {
        int kind = (Integer) alternative.get(0);
        if (alternative.get(1) instanceof String text
            && (kind == DNS ? matches(text, name) : isText(kind) && text.equals(name))) {
          return true;
        }
      }
      return false;
    } catch (CertificateException e) {
      return false;
    }
  }

  private static boolean isText(int kind) {
    return kind == URI || kind == IP_ADDRESS;
  }

  private static boolean matches(String presented, String wanted) {
    String pattern = presented.toLowerCase(Locale.ROOT);
    String name = wanted.toLowerCase(Locale.ROOT);
    int dot = name.indexOf('.');
    return pattern.equals(name)
        || (pattern.startsWith("*.")
            && dot > 0
            && pattern.substring(1).equals(name.substring(dot)));
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    check(chain, authType);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    check(chain, authType);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    check(chain, authType);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    checkClientTrusted(chain, authType);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    checkClientTrusted(chain, authType);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    throw new CertificateException("a client's");
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return new X509Certificate[0];
  }
}
