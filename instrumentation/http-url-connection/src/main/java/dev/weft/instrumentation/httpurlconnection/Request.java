package dev.weft.instrumentation.httpurlconnection;

import dev.weft.engine.Header;
import dev.weft.engine.outbound.OutboundRequest;
import java.lang.ref.WeakReference;
import java.net.URL;
import java.util.List;
import org.jspecify.annotations.Nullable;
import sun.net.www.MessageHeader;
import sun.net.www.protocol.http.HttpURLConnection;

/**
 * A connection's request as the engine reads it. Refers to the connection weakly, since it is
 * attached to it.
 */
final class Request implements OutboundRequest {

  private final WeakReference<HttpURLConnection> connection;
  private final URL url;
  private final MessageHeader headers;

  Request(HttpURLConnection connection, URL url) {
    this.connection = new WeakReference<>(connection);
    this.url = url;
    this.headers = Jdk.requests(connection);
  }

  @Override
  public String host() {
    return host(url);
  }

  static String host(URL url) {
    String host = url.getHost();
    return host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
  }

  @Override
  public int port() {
    return url.getPort() == -1 ? url.getDefaultPort() : url.getPort();
  }

  @Override
  public String scheme() {
    return url.getProtocol();
  }

  @Override
  public String authority() {
    String host = headers.findValue("Host");
    if (host != null) {
      return host;
    }
    return url.getPort() == -1 || url.getPort() == url.getDefaultPort()
        ? url.getHost()
        : url.getHost() + ":" + url.getPort();
  }

  @Override
  public String method() {
    HttpURLConnection connected = connection.get();
    return connected == null ? "" : connected.getRequestMethod();
  }

  @Override
  public String path() {
    String file = url.getFile();
    return file.startsWith("/") ? file : "/" + file;
  }

  /** Anything but a streamed body is held by the JDK in full. */
  @Override
  public boolean replayable() {
    HttpURLConnection connected = connection.get();
    return connected != null && !connected.streaming();
  }

  @Override
  public @Nullable String header(String name) {
    return Heads.header(headers, name);
  }

  @Override
  public List<Header> headers() {
    return Heads.headers(headers);
  }

  @Override
  public byte @Nullable [] body(int limit) {
    HttpURLConnection connected = connection.get();
    return connected == null || connected.streaming() ? null : Jdk.body(connected, limit);
  }

  @Override
  public long bodyLength() {
    HttpURLConnection connected = connection.get();
    return connected == null || connected.streaming()
        ? number("content-length")
        : Jdk.bodyLength(connected);
  }

  @Override
  public boolean mayHaveHeader(String prefix) {
    for (int i = 0; headers.getKey(i) != null || headers.getValue(i) != null; i++) {
      String name = headers.getKey(i);
      if (name != null && name.regionMatches(true, 0, prefix, 0, prefix.length())) {
        return true;
      }
    }
    return false;
  }
}
