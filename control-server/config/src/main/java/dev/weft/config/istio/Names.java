package dev.weft.config.istio;

import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/** The forms that names take in Kubernetes, DNS and HTTP. */
final class Names {

  private static final String LABEL = "[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?";
  private static final Pattern DNS_LABEL = Pattern.compile(LABEL);
  private static final Pattern DNS_SUBDOMAIN = Pattern.compile(LABEL + "(\\." + LABEL + ")*");
  private static final Pattern HOST =
      Pattern.compile(
          "[A-Za-z0-9_]([-A-Za-z0-9_]*[A-Za-z0-9_])?(\\.[A-Za-z0-9_]([-A-Za-z0-9_]*[A-Za-z0-9_])?)*");
  private static final Pattern HEADER = Pattern.compile("[-!#$%&'*+.^_`|~A-Za-z0-9]+");
  private static final Pattern LABEL_KEY =
      Pattern.compile(
          "([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?");
  private static final Pattern LABEL_VALUE =
      Pattern.compile("([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?");
  private static final int MAX_HOST = 255;

  private static final Set<String> CONNECTION_HEADERS =
      Set.of(
          "connection",
          "content-length",
          "expect",
          "http2-settings",
          "keep-alive",
          "proxy-connection",
          "te",
          "trailer",
          "transfer-encoding",
          "upgrade");

  private Names() {}

  static boolean isDnsLabel(String text) {
    return DNS_LABEL.matcher(text).matches();
  }

  static boolean isDnsSubdomain(String text) {
    return text.length() <= MAX_HOST && DNS_SUBDOMAIN.matcher(text).matches();
  }

  /** A host name, or an IP address of version 4, which looks like one. */
  static boolean isHost(String text) {
    return text.length() <= MAX_HOST && HOST.matcher(text).matches();
  }

  /** A host name, {@code *}, or one that begins with {@code *.}. */
  static boolean isWildcardHost(String text) {
    return text.equals("*") || isHost(text.startsWith("*.") ? text.substring(2) : text);
  }

  static boolean isHeader(String text) {
    return HEADER.matcher(text).matches();
  }

  /** Whether it stands for the request's authority, under either of the names it has. */
  static boolean isAuthority(String text) {
    return text.equalsIgnoreCase("host") || text.equalsIgnoreCase(":authority");
  }

  /** Whether a header belongs to the connection, or says where a message ends (RFC 9110 §7.6.1). */
  static boolean isConnectionHeader(String text) {
    return CONNECTION_HEADERS.contains(text.toLowerCase(Locale.ROOT));
  }

  static boolean isLabelKey(String text) {
    return LABEL_KEY.matcher(text).matches();
  }

  static boolean isLabelValue(String text) {
    return LABEL_VALUE.matcher(text).matches();
  }
}
