package dev.weft.instrumentation.httpurlconnection;

import dev.weft.instrumentation.api.AdviceFailures;
import java.io.IOException;
import java.net.Proxy;
import java.net.SocketException;
import java.net.URL;
import org.jspecify.annotations.Nullable;
import sun.net.www.http.HttpClient;
import sun.net.www.protocol.http.HttpURLConnection;

/** Stands where a connection gets itself an HTTP client: a request begins. */
final class Connect {

  static {
    Essentials.load();
  }

  private Connect() {}

  static HttpClient connect(
      HttpURLConnection connection, URL url, @Nullable Proxy proxy, int connectTimeout)
      throws IOException {
    return connect(connection, url, proxy, connectTimeout, true);
  }

  static HttpClient connect(
      HttpURLConnection connection,
      URL url,
      @Nullable Proxy proxy,
      int connectTimeout,
      boolean useCache)
      throws IOException {
    Exchange exchange;
    try {
      if (Exchange.isForbidden(url, proxy)) {
        throw new SocketException("Connection reset");
      }
      exchange = Exchange.begin(connection, url, proxy, connectTimeout);
    } catch (RuntimeException | LinkageError e) {
      AdviceFailures.report("an HttpURLConnection's call", e);
      exchange = null; // nothing was sent: as if Weft were not there
    }
    return exchange == null
        ? Steering.without(() -> Jdk.newClient(connection, url, proxy, connectTimeout, useCache))
        : exchange.connect(connection, proxy, useCache);
  }
}
