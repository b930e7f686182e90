package dev.weft.controlserver.ca;

import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.PKCS8Generator;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.pkcs.PKCS10CertificationRequest;
import org.jspecify.annotations.Nullable;

/** Keys, certificates and requests as PEM text. */
final class Pem {
  private Pem() {}

  static String of(X509Certificate certificate) {
    return text(certificate);
  }

  /** As PKCS#8, which names the curve too. */
  static String of(PrivateKey key) {
    return text(new PKCS8Generator(PrivateKeyInfo.getInstance(key.getEncoded()), null));
  }

  private static String text(Object object) {
    StringWriter text = new StringWriter();
    try (JcaPEMWriter writer = new JcaPEMWriter(text)) {
      writer.writeObject(object);
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory", e);
    }
    return text.toString();
  }

  /** A private key, in PKCS#8 or in OpenSSL's own form. */
  static PrivateKey privateKey(String pem) {
    Object parsed = parse(pem);
    try {
      if (parsed instanceof PrivateKeyInfo info) {
        return new JcaPEMKeyConverter().getPrivateKey(info);
      } else if (parsed instanceof PEMKeyPair pair) {
        return new JcaPEMKeyConverter().getPrivateKey(pair.getPrivateKeyInfo());
      }
    } catch (IOException e) {
      throw new IllegalArgumentException("not a usable private key", e);
    }
    throw new IllegalArgumentException("not a private key in PEM");
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
