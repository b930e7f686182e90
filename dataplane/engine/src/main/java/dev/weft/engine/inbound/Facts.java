package dev.weft.engine.inbound;

import dev.weft.engine.Header;
import dev.weft.engine.HeaderEdits;
import dev.weft.engine.PeerMetadata;
import dev.weft.engine.limits.Permit;
import dev.weft.engine.model.ClientAddress;
import dev.weft.engine.model.PathNormalization;
import dev.weft.engine.spi.Telemetry.InboundObservation;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a request while it is judged: itself, and what the filters that it has passed
 * found out and changed. One thread at a time works with it.
 */
final class Facts {

  final InboundRequest request;
  final InboundObservation observation;
  private final ClientAddress client;

  /** As policies read it, without query. */
  final String path;

  /** As a server may read it; the same object if that is no different. */
  final String servedPath;

  /** Whether Envoy would refuse the path, since servers don't agree on how to read it. */
  final boolean ambiguous;

  private @Nullable InetAddress clientAddress;
  private Map<String, ?> claims = Map.of();
  private HeaderEdits requestEdits = PeerMetadata.REMOVAL;
  private HeaderEdits responseEdits = HeaderEdits.NONE;
  private Map<String, String> shadows = Map.of();
  private @Nullable Permit permit;

  Facts(
      InboundRequest request,
      InboundObservation observation,
      PathNormalization paths,
      ClientAddress client) {
    this.request = request;
    this.observation = observation;
    this.client = client;
    String target = request.path();
    path = NormalizedPath.of(target, paths);
    // Of what was sent, which is what the server gets: another order of steps is another path.
    String served = NormalizedPath.asServed(NormalizedPath.written(target));
    servedPath = served.equals(path) ? path : served;
    ambiguous = NormalizedPath.isAmbiguous(target);
  }

  /** What is asked for, as policies read it: {@link #path} and the query. */
  String target() {
    return target(path);
  }

  /**
   * @param reading of the path
   */
  String target(String reading) {
    String asked = request.path();
    int query = asked.indexOf('?');
    return query < 0 ? reading : reading + asked.substring(query);
  }

  /**
   * Whether a server that gets the path as it was sent reads another one than it would of {@link
   * #path}, which is what Envoy passes on.
   */
  boolean isReadOtherwise() {
    return !servedPath.equals(path) && !servedPath.equals(NormalizedPath.asServed(path));
  }

  /** A header as the filters so far have left it. */
  @Nullable String header(String name) {
    String value = requestEdits.remove().contains(name) ? null : request.header(name);
    for (Header header : requestEdits.set()) {
      value = header.name().equals(name) ? header.value() : value;
    }
    for (Header header : requestEdits.add()) {
      if (header.name().equals(name)) {
        value = value == null ? header.value() : value + "," + header.value();
      }
    }
    return value;
  }

  InetAddress clientAddress() {
    InetAddress known = clientAddress;
    if (known == null) {
      known = ForwardedFor.client(request, client);
      clientAddress = known;
    }
    return known;
  }

  /** Of the verified token; empty without one. */
  Map<String, ?> claims() {
    return claims;
  }

  HeaderEdits requestEdits() {
    return requestEdits;
  }

  HeaderEdits responseEdits() {
    return responseEdits;
  }

  /** Takes what a filter that let the request pass has to say. */
  void accept(Verdict.Granted granted) {
    if (!granted.isPlain()) {
      requestEdits = requestEdits.then(granted.requestHeaders());
      // Envoy's filters see a response in reverse.
      responseEdits = granted.responseHeaders().then(responseEdits);
      Map<String, ?> found = granted.claims();
      claims = found == null ? claims : found;
    }
  }

  /** Takes what is to be given back when the request is over. */
  void hold(Permit another) {
    permit = Permit.both(permit, another);
  }

  /** Null: nothing. */
  @Nullable Permit permit() {
    return permit;
  }

  /** Remembers what shadow rules said, by their prefix. */
  void matchedInShadow(String prefix, String policy) {
    if (shadows.isEmpty()) {
      shadows = new HashMap<>();
    }
    shadows.put(prefix, policy);
  }

  /** The policy by which the shadow rules of that prefix decided; null if by none. */
  @Nullable String shadowPolicy(String prefix) {
    return shadows.get(prefix);
  }
}
