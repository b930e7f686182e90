package dev.weft.telemetry.accesslog;

import dev.weft.engine.HeaderSource;
import dev.weft.engine.ResponseFlags;
import dev.weft.engine.expression.Attribute;
import dev.weft.engine.expression.Attributes;
import java.net.InetSocketAddress;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * One request, as far as it is known, in the terms of Envoy's stream info. Made only if there is a
 * log; of headers it holds those that some log asks for.
 */
public final class LogEntry implements Attributes {

  final Headers headers;
  final long startMillis = System.currentTimeMillis();
  final long startNanos = System.nanoTime();
  final @Nullable String[] request;
  private @Nullable String @Nullable [] response;
  private @Nullable String @Nullable [] trailers;

  public final boolean inbound;
  public final String method;
  public final String path;
  public final String authority;
  public final @Nullable String protocol;

  /** As it was sent, or made here. */
  public @Nullable String requestId;

  public @Nullable InetSocketAddress remote;
  public @Nullable InetSocketAddress local;
  public @Nullable String serverName;

  /** SPIFFE IDs: of the other side, and this workload's where the other side saw it. */
  public @Nullable String peer;

  public @Nullable String own;
  public boolean mutualTls;

  /** 0: there was no response. */
  public int status;

  public ResponseFlags flags = ResponseFlags.NONE;
  public String details = "";
  public @Nullable String terminationDetails;
  public @Nullable String transportFailure;
  public @Nullable String policy;
  public @Nullable String route;
  public @Nullable String cluster;
  public @Nullable InetSocketAddress upstream;
  public int attempts;
  public @Nullable String grpcStatus;
  public @Nullable String traceId;
  public @Nullable String spanId;

  /** Lengths of the bodies as the messages' heads say; -1 if they don't. */
  public long bytesReceived = -1;

  public long bytesSent = -1;

  private long headNanos;
  private long endNanos;

  /**
   * @param headers what the logs ask for
   */
  public LogEntry(
      Headers headers,
      boolean inbound,
      String method,
      String path,
      String authority,
      @Nullable String protocol,
      HeaderSource request) {
    this.headers = headers;
    this.inbound = inbound;
    this.method = method;
    this.path = path;
    this.authority = authority;
    this.protocol = protocol;
    this.request = Headers.read(headers.request, request);
    bytesReceived = length(request, request.header("transfer-encoding") == null ? 0 : -1);
    requestId = request.header("x-request-id");
  }

  /** The response's head. */
  public void responded(HeaderSource head) {
    headNanos = System.nanoTime();
    response = Headers.read(headers.response, head);
    bytesSent = length(head, -1);
  }

  /** The response's trailers. */
  public void trailers(HeaderSource source) {
    trailers = Headers.read(headers.trailers, source);
  }

  /**
   * What is known of the bodies' lengths now, in bytes; below 0 if it isn't.
   *
   * @param received of the request's
   * @param sent of the response's
   */
  public void transferred(long received, long sent) {
    bytesReceived = received < 0 ? bytesReceived : received;
    bytesSent = sent < 0 ? bytesSent : sent;
  }

  /** It is over. */
  public void ended() {
    endNanos = System.nanoTime();
  }

  private static long length(HeaderSource head, long otherwise) {
    String length = head.header("content-length");
    if (length == null) {
      return otherwise;
    }
    try {
      return Long.parseLong(length);
    } catch (NumberFormatException e) {
      return otherwise;
    }
  }

  long durationNanos() {
    return endNanos - startNanos;
  }

  /** Until the response's head; -1 if there was none. */
  long headNanos() {
    return headNanos == 0 ? -1 : headNanos - startNanos;
  }

  @Nullable String request(int index) {
    return request[index];
  }

  @Nullable String response(int index) {
    return response == null ? null : response[index];
  }

  @Nullable String trailer(int index) {
    return trailers == null ? null : trailers[index];
  }

  /** One of those that the logs ask for; null if there is none. */
  @Nullable String requestHeader(String name) {
    return header(headers.request, request, name);
  }

  @Nullable String responseHeader(String name) {
    return header(headers.response, response, name);
  }

  @Nullable String responseTrailer(String name) {
    return header(headers.trailers, trailers, name);
  }

  String pathWithoutQuery() {
    int query = path.indexOf('?');
    return query < 0 ? path : path.substring(0, query);
  }

  @Override
  public @Nullable Object get(Attribute attribute, String key) {
    return switch (attribute) {
      case REQUEST_PATH -> path;
      case REQUEST_URL_PATH -> pathWithoutQuery();
      case REQUEST_QUERY ->
          path.substring(Math.min(path.length(), pathWithoutQuery().length() + 1));
      case REQUEST_HOST -> authority;
      case REQUEST_SCHEME -> "http";
      case REQUEST_METHOD -> method;
      case REQUEST_HEADERS -> requestHeader(key);
      case REQUEST_REFERER -> requestHeader("referer");
      case REQUEST_USERAGENT -> requestHeader("user-agent");
      case REQUEST_ID -> requestId;
      case REQUEST_PROTOCOL -> protocol;
      case REQUEST_DURATION, RESPONSE_DURATION -> Duration.ofNanos(durationNanos());
      case REQUEST_SIZE -> known(bytesReceived);
      case RESPONSE_CODE -> status == 0 ? null : (Long) (long) status;
      case RESPONSE_CODE_DETAILS -> details;
      case RESPONSE_FLAGS -> flags.attribute();
      case RESPONSE_GRPC_STATUS ->
          grpcStatus == null || grpcStatus.isEmpty() ? null : Long.valueOf(grpcStatus);
      case RESPONSE_HEADERS -> responseHeader(key);
      case RESPONSE_TRAILERS -> responseTrailer(key);
      case RESPONSE_SIZE -> known(bytesSent);
      case SOURCE_ADDRESS -> Addresses.full(remote);
      case SOURCE_PORT -> Addresses.port(remote);
      case DESTINATION_ADDRESS -> Addresses.full(local);
      case DESTINATION_PORT -> Addresses.port(local);
      case CONNECTION_MTLS -> mutualTls;
      case CONNECTION_REQUESTED_SERVER_NAME -> serverName;
      case CONNECTION_PEER -> inbound ? peer : null;
      case CONNECTION_LOCAL -> inbound ? own : null;
      case UPSTREAM_ADDRESS -> Addresses.full(upstream);
      case UPSTREAM_PORT -> Addresses.port(upstream);
      case UPSTREAM_PEER -> inbound ? null : peer;
      case UPSTREAM_TRANSPORT_FAILURE_REASON -> transportFailure;
      case UPSTREAM_REQUEST_ATTEMPT_COUNT -> (long) attempts;
      case CLUSTER_NAME -> cluster;
      case ROUTE_NAME -> route;
    };
  }

  private static @Nullable String header(
      String[] names, @Nullable String @Nullable [] values, String name) {
    int index = Headers.index(names, name);
    return values == null || index < 0 ? null : values[index];
  }

  private static @Nullable Long known(long length) {
    return length < 0 ? null : length;
  }
}
