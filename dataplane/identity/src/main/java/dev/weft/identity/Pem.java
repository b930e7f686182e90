package dev.weft.identity;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** Textual encoding of certificates and requests (RFC 7468). */
final class Pem {

  private static final byte[] LINE_END = {'\n'};

  private Pem() {}

  static String encode(String label, byte[] der) {
    return "-----BEGIN "
        + label
        + "-----\n"
        + Base64.getMimeEncoder(64, LINE_END).encodeToString(der)
        + "\n-----END "
        + label
        + "-----\n";
  }

  /** All certificates in the text, in order. */
  static List<X509Certificate> certificates(String pem) throws GeneralSecurityException {
    CertificateFactory factory = CertificateFactory.getInstance("X.509", Jdk.CERTIFICATE_PROVIDER);
    List<X509Certificate> certificates = new ArrayList<>();
    for (Certificate certificate :
        factory.generateCertificates(
            new ByteArrayInputStream(pem.getBytes(StandardCharsets.US_ASCII)))) {
      certificates.add((X509Certificate) certificate);
    }
    if (certificates.isEmpty()) {
      throw new CertificateException("no certificate in PEM");
    }
    return List.copyOf(certificates);
  }
}
