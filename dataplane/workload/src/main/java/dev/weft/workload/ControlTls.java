package dev.weft.workload;

import dev.weft.xds.SettingFile;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.util.Collection;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/** TLS to the control server. */
final class ControlTls {

  private ControlTls() {}

  /**
   * Trusts the roots in a file and nothing else.
   *
   * @param roots PEM, WEFT_CONTROL_CA; null: plaintext
   * @throws IOException if that holds no certificates, with a message that needs no trace
   */
  static @Nullable SSLSocketFactory trusting(@Nullable Path roots)
      throws IOException, GeneralSecurityException {
    if (roots == null) {
      return null;
    }
    KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
    trusted.load(null, null);
    int n = 0;
    for (Certificate root : certificates(new SettingFile("WEFT_CONTROL_CA", roots))) {
      trusted.setCertificateEntry("root-" + n++, root);
    }
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(trusted);
    SSLContext context = SSLContext.getInstance("TLS", "SunJSSE");
    context.init(null, trust.getTrustManagers(), null);
    return context.getSocketFactory();
  }

  private static Collection<? extends Certificate> certificates(SettingFile pem)
      throws IOException, GeneralSecurityException {
    CertificateFactory factory = CertificateFactory.getInstance("X.509");
    byte[] content = pem.read();
    Collection<? extends Certificate> certificates;
    try {
      certificates = factory.generateCertificates(new ByteArrayInputStream(content));
    } catch (CertificateException e) {
      throw pem.unusable("does not hold certificates in PEM: " + e.getMessage(), e);
    }
    if (certificates.isEmpty()) {
      throw pem.unusable("does not hold certificates in PEM", null);
    }
    return certificates;
  }
}
