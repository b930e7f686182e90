package dev.weft.instrumentation.httpurlconnection;

import org.jspecify.annotations.Nullable;

/** The one signature that differs between JDKs: older ones report progress. */
final class ParseHttp {

  private static final String PROGRESS = "sun.net.ProgressSource";

  /** Of {@code sun.net.www.http.HttpClient.parseHTTP}. */
  static final String DESCRIPTOR =
      "(Lsun/net/www/MessageHeader;"
          + (progressSource() == null ? "" : "Lsun/net/ProgressSource;")
          + "Lsun/net/www/protocol/http/HttpURLConnection;)Z";

  private ParseHttp() {}

  /** Null where it no longer exists. */
  static @Nullable Class<?> progressSource() {
    try {
      return Class.forName(PROGRESS, false, null);
    } catch (ClassNotFoundException e) {
      return null;
    }
  }
}
