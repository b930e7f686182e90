package dev.weft.controlserver.ca;

import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.pkcs.PKCS10CertificationRequest;
import org.jspecify.annotations.Nullable;

/** Keys, certificates and requests as PEM text. */
final class Pem {
  private Pem() {}

  static String of(Object keyOrCertificate) {
    StringWriter text = new StringWriter();
    try (JcaPEMWriter writer = new JcaPEMWriter(text)) {
      writer.writeObject(keyOrCertificate);
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory", e);
    }
    return text.toString();
  }

  /** An EC private key as {@link #of} writes it, which carries the public one too. */
  static KeyPair keyPair(String pem) {
    if (parse(pem) instanceof PEMKeyPair pair) {
      try {
        return new JcaPEMKeyConverter().getKeyPair(pair);
      } catch (IOException e) {
        throw new IllegalArgumentException("not a usable private key", e);
      }
    }
    throw new IllegalArgumentException("not an EC private key in PEM");
  }

  static X509Certificate certificate(String pem) {
    if (parse(pem) instanceof X509CertificateHolder holder) {
      try {
        return new JcaX509CertificateConverter().getCertificate(holder);
      } catch (GeneralSecurityException e) {
        throw new IllegalArgumentException("not a usable certificate", e);
      }
    }
    throw new IllegalArgumentException("not a certificate in PEM");
  }

  static PKCS10CertificationRequest request(String pem) throws RequestRefused {
    try {
      if (parse(pem) instanceof PKCS10CertificationRequest request) {
        return request;
      }
    } catch (IllegalArgumentException e) {
      throw new RequestRefused("the certificate signing request can't be read", e);
    }
    throw new RequestRefused("the request holds no certificate signing request in PEM");
  }

  private static @Nullable Object parse(String pem) {
    try (PEMParser parser = new PEMParser(new StringReader(pem))) {
      return parser.readObject();
    } catch (IOException | RuntimeException e) {
      throw new IllegalArgumentException("not readable as PEM", e);
    }
  }
}
