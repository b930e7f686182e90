package dev.weft.identity;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.Certificate;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import javax.security.auth.x500.X500Principal;

/** A client's certificate as an element of Envoy's {@code x-forwarded-client-cert}. */
final class ForwardedCertificate {

  private static final int SAN_DNS = 2;
  private static final int SAN_URI = 6;

  private ForwardedCertificate() {}

  /**
   * In Envoy's order: {@code By=spiffe://…;Hash=…;Subject="…";URI=spiffe://…;DNS=…}.
   *
   * @param own the server's SPIFFE ID
   * @return empty if the session has no peer's certificate, or none that can be told of
   */
  static String of(SSLSession session, String own) {
    try {
      Certificate[] chain = session.getPeerCertificates();
      return chain[0] instanceof X509Certificate leaf ? of(leaf, own) : "";
    } catch (SSLPeerUnverifiedException e) {
      return "";
    }
  }

  static String of(X509Certificate leaf, String own) {
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(leaf.getEncoded());
      List<String> parts = new ArrayList<>();
      parts.add("By=" + own);
      parts.add("Hash=" + HexFormat.of().formatHex(hash));
      parts.add(
          "Subject=\"" + leaf.getSubjectX500Principal().getName(X500Principal.RFC2253) + "\"");
      names(leaf, SAN_URI).forEach(uri -> parts.add("URI=" + uri));
      names(leaf, SAN_DNS).forEach(dns -> parts.add("DNS=" + dns));
      return visible(String.join(";", parts));
    } catch (GeneralSecurityException e) {
      return "";
    }
  }

  private static List<String> names(X509Certificate leaf, int type)
      throws CertificateParsingException {
    Collection<List<?>> names = leaf.getSubjectAlternativeNames();
    return names == null
        ? List.of()
        : names.stream()
            .filter(name -> name.get(0).equals(type))
            .map(name -> String.valueOf(name.get(1)))
            .toList();
  }

  /** A certificate may say anything; a header may not. */
  private static String visible(String text) {
    StringBuilder visible = new StringBuilder(text.length());
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      if (b >= ' ' && b < 0x7f) {
        visible.append((char) b);
      } else {
        visible.append('%').append(String.format(Locale.ROOT, "%02X", b));
      }
    }
    return visible.toString();
  }
}
