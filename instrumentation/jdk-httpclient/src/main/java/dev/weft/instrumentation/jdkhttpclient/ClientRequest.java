package dev.weft.instrumentation.jdkhttpclient;

import dev.weft.engine.Header;
import dev.weft.engine.outbound.OutboundRequest;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A request of the client, as the engine reads it. */
final class ClientRequest implements OutboundRequest {

  private final HttpRequest request;
  private final URI uri;

  /** Null if the body can be sent again as it is. */
  private final @Nullable RecordedBody recordedBody;

  ClientRequest(Object request) {
    this.request = (HttpRequest) request;
    this.uri = this.request.uri();
    this.recordedBody =
        this.request
            .bodyPublisher()
            .filter(publisher -> !RepeatableBodies.contains(publisher))
            .map(RecordedBody::new)
            .orElse(null);
  }

  HttpRequest original() {
    return request;
  }

  @Nullable RecordedBody recordedBody() {
    return recordedBody;
  }

  @Override
  public String host() {
    return host(uri);
  }

  static String host(URI uri) {
    String host = uri.getHost();
    return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
  }

  @Override
  public int port() {
    return uri.getPort() == -1 ? 80 : uri.getPort();
  }

  @Override
  public String scheme() {
    return "http";
  }

  @Override
  public String authority() {
    String host = header("host");
    if (host != null) {
      return host;
    }
    return uri.getPort() == -1 ? uri.getHost() : uri.getHost() + ':' + uri.getPort();
  }

  @Override
  public String method() {
    return request.method();
  }

  @Override
  public String path() {
    String path = uri.getRawPath();
    if (path == null || path.isEmpty()) {
      path = "/";
    }
    return uri.getRawQuery() == null ? path : path + '?' + uri.getRawQuery();
  }

  @Override
  public boolean replayable() {
    return recordedBody == null || recordedBody.whole();
  }

  @Override
  public List<Header> headers() {
    List<Header> all = new ArrayList<>();
    collect(request.headers().map(), all);
    collect(Requests.systemHeaders(request), all);
    return all;
  }

  private static void collect(Map<String, List<String>> headers, List<Header> into) {
    headers.forEach(
        (name, values) ->
            values.forEach(value -> into.add(new Header(name.toLowerCase(Locale.ROOT), value))));
  }

  @Override
  public byte @Nullable [] body(int limit) {
    if (recordedBody != null) {
      return recordedBody.bytes(limit);
    }
    BodyPublisher publisher = request.bodyPublisher().orElse(null);
    return publisher == null ? new byte[0] : RepeatableBodies.bytes(publisher, limit);
  }

  @Override
  public long bodyLength() {
    BodyPublisher publisher = request.bodyPublisher().orElse(null);
    return publisher == null ? 0 : publisher.contentLength();
  }

  @Override
  public boolean mayHaveHeader(String prefix) {
    return any(request.headers().map().keySet(), prefix)
        || any(Requests.systemHeaders(request).keySet(), prefix);
  }

  private static boolean any(Iterable<String> names, String prefix) {
    for (String name : names) {
      if (name.regionMatches(true, 0, prefix, 0, prefix.length())) {
        return true;
      }
    }
    return false;
  }

  @Override
  public @Nullable String header(String name) {
    String value = Headers.joined(request.headers().map().get(name));
    return value != null ? value : Headers.joined(Requests.systemHeaders(request).get(name));
  }
}
