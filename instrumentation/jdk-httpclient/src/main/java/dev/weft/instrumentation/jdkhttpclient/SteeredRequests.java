package dev.weft.instrumentation.jdkhttpclient;

import dev.weft.engine.Header;
import dev.weft.engine.HeaderEdits;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Makes the copies of a request that are sent. The application never sees them: responses, filters
 * and redirects refer to its own request.
 */
final class SteeredRequests {

  /** The client makes these itself, and refuses them from others. */
  private static final Set<String> CLIENTS_OWN =
      Set.of("connection", "content-length", "expect", "host", "transfer-encoding", "upgrade");

  private SteeredRequests() {}

  /** A copy of {@code request} that is sent as {@code sending} says. */
  static Object create(ClientRequest request, Sending sending) {
    HttpRequest original = request.original();
    HeaderEdits asked = sending.attempt().requestHeaders();
    HeaderEdits edits = permitted(asked);
    URI uri = uri(original.uri(), asked);
    boolean touchesApplications = touches(original.headers(), edits);
    Object copy;
    RecordedBody recordedBody = request.recordedBody();
    if (touchesApplications || recordedBody != null) {
      HttpHeaders headers =
          touchesApplications ? Headers.edited(original.headers(), edits) : original.headers();
      Optional<BodyPublisher> body =
          recordedBody == null ? original.bodyPublisher() : Optional.of(recordedBody);
      copy = Requests.of(new EditedRequest(original, uri, headers, body), original);
    } else {
      copy = Requests.copy(uri, original);
    }
    Map<String, List<String>> systemHeaders = Requests.systemHeaders(copy);
    Requests.systemHeaders(original)
        .forEach((name, values) -> systemHeaders.put(name, new ArrayList<>(values)));
    if (touchesApplications) {
      edits.remove().forEach(systemHeaders::remove);
    } else {
      Headers.edit(systemHeaders, edits);
    }
    Requests.noteAuthorization(original);
    Requests.proxy(copy, sending);
    return copy;
  }

  /**
   * Whether the edits concern a header that the application set. Else they can be made among those
   * that the client adds, which is cheaper.
   */
  private static boolean touches(HttpHeaders headers, HeaderEdits edits) {
    Map<String, List<String>> map = headers.map();
    if (map.isEmpty()) {
      return false;
    }
    return edits.remove().stream().anyMatch(map::containsKey)
        || edits.set().stream().anyMatch(header -> map.containsKey(header.name()))
        || edits.add().stream().anyMatch(header -> map.containsKey(header.name()));
  }

  private static HeaderEdits permitted(HeaderEdits edits) {
    if (edits.remove().stream().noneMatch(CLIENTS_OWN::contains)
        && edits.set().stream().noneMatch(header -> CLIENTS_OWN.contains(header.name()))
        && edits.add().stream().noneMatch(header -> CLIENTS_OWN.contains(header.name()))) {
      return edits;
    }
    return new HeaderEdits(
        edits.remove().stream().filter(name -> !CLIENTS_OWN.contains(name)).toList(),
        edits.set().stream().filter(header -> !CLIENTS_OWN.contains(header.name())).toList(),
        edits.add().stream().filter(header -> !CLIENTS_OWN.contains(header.name())).toList());
  }

  /** A rewritten Host header: the client makes Host and {@code :authority} of the URI. */
  private static URI uri(URI uri, HeaderEdits edits) {
    String host = host(edits);
    if (host == null) {
      return uri;
    }
    StringBuilder rewritten = new StringBuilder("http://").append(host);
    rewritten.append(uri.getRawPath() == null ? "" : uri.getRawPath());
    if (uri.getRawQuery() != null) {
      rewritten.append('?').append(uri.getRawQuery());
    }
    return URI.create(rewritten.toString());
  }

  private static @Nullable String host(HeaderEdits edits) {
    for (Header header : edits.set()) {
      if (header.name().equals("host") || header.name().equals(":authority")) {
        return header.value();
      }
    }
    return null;
  }
}
