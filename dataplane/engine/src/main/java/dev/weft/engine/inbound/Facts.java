package dev.weft.engine.inbound;

import dev.weft.engine.ForwardedClientCert;
import dev.weft.engine.HeaderEdits;
import dev.weft.engine.NormalizedPath;
import dev.weft.engine.PeerMetadata;
import dev.weft.engine.limits.Permit;
import dev.weft.engine.model.ClientAddress;
import dev.weft.engine.model.PathNormalization;
import dev.weft.engine.spi.CheckCodec.ConditionalHeader;
import dev.weft.engine.spi.Telemetry.InboundObservation;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a request while it is judged: itself, and what the filters that it has passed
 * found out and changed. One thread at a time works with it.
 */
final class Facts {

  private static final HeaderEdits PLAINTEXT =
      PeerMetadata.REMOVAL.then(ForwardedClientCert.edits("", null));

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
  private HeaderEdits requestEdits;
  private HeaderEdits responseEdits = HeaderEdits.NONE;
  private List<ConditionalHeader> conditionalEdits = List.of();
  private QueryEdits queryEdits = QueryEdits.NONE;
  private Map<String, String> shadows = Map.of();
  private Map<String, ?> authorizerMetadata = Map.of();
  private @Nullable RequestBody body;
  private @Nullable Permit permit;

  Facts(
      InboundRequest request,
      InboundObservation observation,
      PathNormalization paths,
      ClientAddress client) {
    this.request = request;
    this.observation = observation;
    this.client = client;
    requestEdits = own(request);
    String target = request.path();
    path = NormalizedPath.of(target, paths);
    // Of what was sent, which is what the server gets: another order of steps is another path.
    String served = NormalizedPath.asServed(NormalizedPath.written(target));
    servedPath = served.equals(path) ? path : served;
    ambiguous = NormalizedPath.isAmbiguous(target);
  }

  /** What is done to any request's headers, whatever its port's filters do. */
  static HeaderEdits own(InboundRequest request) {
    ConnectedPeer peer = request.peer();
    return peer == null ? PLAINTEXT : peer.edits(request.header(ForwardedClientCert.HEADER));
  }

  /** What is asked for, as policies read it: {@link #path} and {@link #query}. */
  String target() {
    return target(path);
  }

  /**
   * @param reading of the path
   */
  String target(String reading) {
    String edited = query();
    if (edited != null) {
      return edited.isEmpty() ? reading : reading + '?' + edited;
    }
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
    return requestEdits.header(name, request);
  }

  /** Those of the request and those that the filters so far have set, lower-case, each once. */
  List<String> headerNames() {
    Set<String> names = new LinkedHashSet<>(request.headerNames());
    requestEdits.set().forEach(header -> names.add(header.name()));
    requestEdits.add().forEach(header -> names.add(header.name()));
    return List.copyOf(names);
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

  /** What depends on the headers that a response has after {@link #responseEdits}. */
  List<ConditionalHeader> conditionalEdits() {
    return conditionalEdits;
  }

  /**
   * The query as the filters so far have left it.
   *
   * @return null if that is as it was sent; empty if there is none
   */
  @Nullable String query() {
    if (queryEdits.isEmpty()) {
      return null;
    }
    String target = request.path();
    int query = target.indexOf('?');
    return queryEdits.applyTo(query < 0 ? "" : target.substring(query + 1));
  }

  /** Takes what a filter that let the request pass has to say. */
  void accept(Verdict.Granted granted) {
    if (!granted.isPlain()) {
      requestEdits = requestEdits.then(granted.requestHeaders());
      // Envoy's filters see a response in reverse.
      responseEdits = granted.responseHeaders().then(responseEdits);
      queryEdits = queryEdits.then(granted.query());
      Map<String, ?> found = granted.claims();
      claims = found == null ? claims : found;
      if (!granted.conditional().isEmpty()) {
        List<ConditionalHeader> all = new ArrayList<>(granted.conditional());
        all.addAll(conditionalEdits);
        conditionalEdits = all;
      }
      if (!granted.metadata().isEmpty()) {
        // As by Envoy, a filter's metadata replaces what the one before left of the same names.
        Map<String, Object> merged = new HashMap<>(authorizerMetadata);
        merged.putAll(granted.metadata());
        authorizerMetadata = merged;
      }
    }
  }

  /** What external authorizers have said beside their verdict, as in JSON. */
  Map<String, ?> authorizerMetadata() {
    return authorizerMetadata;
  }

  void buffered(RequestBody read) {
    body = read;
  }

  /** Null: nobody has asked for it. */
  @Nullable RequestBody body() {
    return body;
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
