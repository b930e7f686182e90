package dev.weft.instrumentation.jdkhttpclient;

import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/**
 * Stands where an older client makes the key that it pools an HTTP/2 connection by: of scheme, host
 * and port of the request's URI, and of nothing else.
 */
final class Http2Key {

  private Http2Key() {}

  static URI uri(HttpRequest request) {
    Sending sending = Sending.ofRequest(request);
    if (sending == null) {
      return request.uri();
    }
    // Nobody's name, and the same only for the same connection key.
    String key = sending.target().getHostString();
    return URI.create(
        (sending.encrypted() ? "https://weft-" : "http://weft-")
            + HexFormat.of().formatHex(key.getBytes(StandardCharsets.UTF_8)));
  }
}
