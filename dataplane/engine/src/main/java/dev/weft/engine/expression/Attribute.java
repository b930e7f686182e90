package dev.weft.engine.expression;

import java.util.Arrays;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What expressions can ask about a request (Envoy: intro/arch_overview/advanced/attributes). Values
 * are {@code String}, {@code Long}, {@code Boolean} or {@code Duration}.
 */
public enum Attribute {
  REQUEST_PATH("request.path"),
  REQUEST_URL_PATH("request.url_path"),
  REQUEST_QUERY("request.query"),
  REQUEST_HOST("request.host"),
  REQUEST_SCHEME("request.scheme"),
  REQUEST_METHOD("request.method"),
  REQUEST_HEADERS("request.headers"),
  REQUEST_REFERER("request.referer"),
  REQUEST_USERAGENT("request.useragent"),
  REQUEST_ID("request.id"),
  REQUEST_PROTOCOL("request.protocol"),
  REQUEST_DURATION("request.duration"),
  REQUEST_SIZE("request.size"),
  RESPONSE_CODE("response.code"),
  RESPONSE_CODE_DETAILS("response.code_details"),
  RESPONSE_FLAGS("response.flags"),
  RESPONSE_GRPC_STATUS("response.grpc_status"),
  RESPONSE_HEADERS("response.headers"),
  RESPONSE_TRAILERS("response.trailers"),
  RESPONSE_SIZE("response.size"),
  /** Not Envoy's, which calls it {@code request.duration}; Istio's users write it nevertheless. */
  RESPONSE_DURATION("response.duration"),
  SOURCE_ADDRESS("source.address"),
  SOURCE_PORT("source.port"),
  DESTINATION_ADDRESS("destination.address"),
  DESTINATION_PORT("destination.port"),
  CONNECTION_MTLS("connection.mtls"),
  CONNECTION_REQUESTED_SERVER_NAME("connection.requested_server_name"),
  CONNECTION_PEER("connection.uri_san_peer_certificate"),
  CONNECTION_LOCAL("connection.uri_san_local_certificate"),
  UPSTREAM_ADDRESS("upstream.address"),
  UPSTREAM_PORT("upstream.port"),
  UPSTREAM_PEER("upstream.uri_san_peer_certificate"),
  UPSTREAM_TRANSPORT_FAILURE_REASON("upstream.transport_failure_reason"),
  UPSTREAM_REQUEST_ATTEMPT_COUNT("upstream.request_attempt_count"),
  CLUSTER_NAME("xds.cluster_name"),
  ROUTE_NAME("xds.route_name");

  private static final Map<String, Attribute> BY_PATH =
      Arrays.stream(values()).collect(Collectors.toMap(a -> a.path, Function.identity()));

  private final String path;

  Attribute(String path) {
    this.path = path;
  }

  /** Null if there is none of that name. */
  static @Nullable Attribute of(String path) {
    return BY_PATH.get(path);
  }

  /** Whether it is asked for by a key, in lower case. */
  public boolean isMap() {
    return this == REQUEST_HEADERS || this == RESPONSE_HEADERS || this == RESPONSE_TRAILERS;
  }
}
