package dev.weft.instrumentation.jdkhttpclient;

import dev.weft.engine.HeaderEdits;
import dev.weft.engine.outbound.Attempt;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLEncoder;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * Makes the copies of a request that are sent. The application never sees them: responses, filters
 * and redirects refer to its own request.
 */
final class SteeredRequests {

  /** What may not stand in a URI, though it may on the wire. */
  private static final Pattern UNFIT = Pattern.compile("[^-A-Za-z0-9._~:/?#@!$&'()*+,;=%]");

  private SteeredRequests() {}

  /** A copy of {@code request} that is sent as {@code sending} says. */
  static Object create(ClientRequest request, Sending sending) {
    HttpRequest original = request.original();
    HeaderEdits edits = sending.attempt().requestHeaders();
    URI uri = uri(original.uri(), sending.attempt());
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

  /** What the attempt asks for: the client makes request line and {@code :path} of the URI. */
  private static URI uri(URI uri, Attempt attempt) {
    String path = attempt.path();
    String authority = attempt.authority();
    if (path == null && authority == null) {
      return uri;
    }
    String target = path == null ? target(uri) : path;
    URI rewritten = parsed(authority == null ? uri.getRawAuthority() : authority, target);
    // The client needs a host in it. Host headers are made by SteeringAdvice then.
    return rewritten.getHost() == null ? parsed(uri.getRawAuthority(), target) : rewritten;
  }

  private static String target(URI uri) {
    String path = uri.getRawPath() == null ? "" : uri.getRawPath();
    return uri.getRawQuery() == null ? path : path + '?' + uri.getRawQuery();
  }

  private static URI parsed(String authority, String target) {
    try {
      return new URI("http://" + authority + target);
    } catch (URISyntaxException e) {
      return URI.create(
          "http://" + authority + UNFIT.matcher(target).replaceAll(SteeredRequests::encoded));
    }
  }

  private static String encoded(MatchResult unfit) {
    return URLEncoder.encode(unfit.group(), StandardCharsets.UTF_8);
  }
}
