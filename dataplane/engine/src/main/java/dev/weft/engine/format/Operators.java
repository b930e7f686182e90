package dev.weft.engine.format;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The names of Envoy's command operators (docs: configuration/observability/access_log/usage), and
 * which of them have a value in a workload without a proxy.
 */
public final class Operators {

  /** Those whose argument names a header. */
  private static final Set<String> HEADERS = Set.of("REQ", "REQ_WITHOUT_QUERY", "RESP", "TRAILER");

  private static final Set<String> HONOURED =
      Set.of(
          "START_TIME",
          "START_TIME_LOCAL",
          "EMIT_TIME",
          "EMIT_TIME_LOCAL",
          "REQ",
          "REQ_WITHOUT_QUERY",
          "RESP",
          "TRAILER",
          "PATH",
          "QUERY_PARAM",
          "PROTOCOL",
          "RESPONSE_CODE",
          "RESPONSE_CODE_DETAILS",
          "RESPONSE_FLAGS",
          "RESPONSE_FLAGS_LONG",
          "CONNECTION_TERMINATION_DETAILS",
          "UPSTREAM_TRANSPORT_FAILURE_REASON",
          "BYTES_RECEIVED",
          "BYTES_SENT",
          "DURATION",
          "REQUEST_DURATION",
          "RESPONSE_DURATION",
          "RESPONSE_TX_DURATION",
          "UPSTREAM_HOST",
          "UPSTREAM_REMOTE_ADDRESS",
          "UPSTREAM_REMOTE_ADDRESS_WITHOUT_PORT",
          "UPSTREAM_REMOTE_PORT",
          "UPSTREAM_CLUSTER",
          "UPSTREAM_CLUSTER_RAW",
          "UPSTREAM_PEER_URI_SAN",
          "UPSTREAM_LOCAL_URI_SAN",
          "UPSTREAM_REQUEST_ATTEMPT_COUNT",
          "DOWNSTREAM_REMOTE_ADDRESS",
          "DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT",
          "DOWNSTREAM_REMOTE_PORT",
          "DOWNSTREAM_DIRECT_REMOTE_ADDRESS",
          "DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT",
          "DOWNSTREAM_DIRECT_REMOTE_PORT",
          "DOWNSTREAM_LOCAL_ADDRESS",
          "DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT",
          "DOWNSTREAM_LOCAL_PORT",
          "DOWNSTREAM_PEER_URI_SAN",
          "DOWNSTREAM_LOCAL_URI_SAN",
          "REQUESTED_SERVER_NAME",
          "ROUTE_NAME",
          "GRPC_STATUS",
          "GRPC_STATUS_NUMBER",
          "TRACE_ID",
          "SPAN_ID",
          "STREAM_ID",
          "HOSTNAME",
          "ENVIRONMENT",
          "ACCESS_LOG_TYPE");

  /**
   * In headers of requests that are sent; there is no response yet, nor any upstream. The
   * environment is the application's, with its secrets, and who writes routes is somebody else.
   */
  private static final Set<String> IN_REQUESTS =
      Set.of(
          "START_TIME",
          "START_TIME_LOCAL",
          "EMIT_TIME",
          "EMIT_TIME_LOCAL",
          "REQ",
          "REQ_WITHOUT_QUERY",
          "PATH",
          "QUERY_PARAM",
          "PROTOCOL",
          "STREAM_ID",
          "ROUTE_NAME",
          "UPSTREAM_CLUSTER",
          "UPSTREAM_CLUSTER_RAW",
          "DOWNSTREAM_REMOTE_ADDRESS",
          "DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT",
          "DOWNSTREAM_REMOTE_PORT",
          "DOWNSTREAM_DIRECT_REMOTE_ADDRESS",
          "DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT",
          "DOWNSTREAM_DIRECT_REMOTE_PORT",
          "HOSTNAME");

  /** In headers of responses, beside those of requests. */
  private static final Set<String> IN_RESPONSES =
      Set.of(
          "RESP",
          "RESPONSE_CODE",
          "RESPONSE_FLAGS",
          "RESPONSE_FLAGS_LONG",
          "RESPONSE_DURATION",
          "GRPC_STATUS_NUMBER",
          "UPSTREAM_HOST",
          "UPSTREAM_REMOTE_ADDRESS",
          "UPSTREAM_REMOTE_ADDRESS_WITHOUT_PORT",
          "UPSTREAM_REMOTE_PORT",
          "UPSTREAM_PEER_URI_SAN",
          "UPSTREAM_REQUEST_ATTEMPT_COUNT");

  private static final Set<String> OTHERS =
      Set.of(
          "BYTES_RETRANSMITTED",
          "CEL",
          "CLUSTER_METADATA",
          "COALESCE",
          "COMMON_DURATION",
          "CONNECTION_ID",
          "CUSTOM_FLAGS",
          "DOWNSTREAM_HANDSHAKE_DURATION",
          "DOWNSTREAM_HEADER_BYTES_RECEIVED",
          "DOWNSTREAM_HEADER_BYTES_SENT",
          "DOWNSTREAM_LOCAL_DNS_SAN",
          "DOWNSTREAM_LOCAL_IP_SAN",
          "DOWNSTREAM_LOCAL_SUBJECT",
          "DOWNSTREAM_DIRECT_LOCAL_ADDRESS",
          "DOWNSTREAM_DIRECT_LOCAL_ADDRESS_WITHOUT_PORT",
          "DOWNSTREAM_DIRECT_LOCAL_PORT",
          "DOWNSTREAM_PEER_CERT",
          "DOWNSTREAM_PEER_CERT_V_END",
          "DOWNSTREAM_PEER_CERT_V_START",
          "DOWNSTREAM_PEER_CHAIN_FINGERPRINTS_1",
          "DOWNSTREAM_PEER_CHAIN_FINGERPRINTS_256",
          "DOWNSTREAM_PEER_CHAIN_SERIALS",
          "DOWNSTREAM_PEER_DNS_SAN",
          "DOWNSTREAM_PEER_FINGERPRINT_1",
          "DOWNSTREAM_PEER_FINGERPRINT_256",
          "DOWNSTREAM_PEER_IP_SAN",
          "DOWNSTREAM_PEER_ISSUER",
          "DOWNSTREAM_PEER_SERIAL",
          "DOWNSTREAM_PEER_SUBJECT",
          "DOWNSTREAM_TLS_CIPHER",
          "DOWNSTREAM_TLS_SESSION_ID",
          "DOWNSTREAM_TLS_VERSION",
          "DOWNSTREAM_TRANSPORT_FAILURE_REASON",
          "DOWNSTREAM_WIRE_BYTES_RECEIVED",
          "DOWNSTREAM_WIRE_BYTES_SENT",
          "DYNAMIC_METADATA",
          "FILTER_CHAIN_NAME",
          "FILTER_STATE",
          "LOCAL_REPLY_BODY",
          "METADATA",
          "PACKETS_RETRANSMITTED",
          "PER_REQUEST_STATE",
          "QUERY_PARAMS",
          "REQUEST_HEADERS_BYTES",
          "REQUEST_TX_DURATION",
          "RESPONSE_HEADERS_BYTES",
          "RESPONSE_TRAILERS_BYTES",
          "ROUNDTRIP_DURATION",
          "TLS_JA3_FINGERPRINT",
          "TLS_JA4_FINGERPRINT",
          "UNIQUE_ID",
          "UPSTREAM_CONNECTION_ID",
          "UPSTREAM_CONNECTION_POOL_READY_DURATION",
          "UPSTREAM_FILTER_STATE",
          "UPSTREAM_HEADER_BYTES_RECEIVED",
          "UPSTREAM_HEADER_BYTES_SENT",
          "UPSTREAM_HOST_NAME",
          "UPSTREAM_HOST_NAME_WITHOUT_PORT",
          "UPSTREAM_HOSTS_ATTEMPTED",
          "UPSTREAM_LOCAL_ADDRESS",
          "UPSTREAM_LOCAL_ADDRESS_WITHOUT_PORT",
          "UPSTREAM_LOCAL_DNS_SAN",
          "UPSTREAM_LOCAL_IP_SAN",
          "UPSTREAM_LOCAL_PORT",
          "UPSTREAM_LOCAL_SUBJECT",
          "UPSTREAM_METADATA",
          "UPSTREAM_PEER_CERT",
          "UPSTREAM_PEER_CERT_V_END",
          "UPSTREAM_PEER_CERT_V_START",
          "UPSTREAM_PEER_DNS_SAN",
          "UPSTREAM_PEER_IP_SAN",
          "UPSTREAM_PEER_ISSUER",
          "UPSTREAM_PEER_SUBJECT",
          "UPSTREAM_PROTOCOL",
          "UPSTREAM_TLS_CIPHER",
          "UPSTREAM_TLS_SESSION_ID",
          "UPSTREAM_TLS_VERSION",
          "UPSTREAM_WIRE_BYTES_RECEIVED",
          "UPSTREAM_WIRE_BYTES_SENT",
          "VIRTUAL_CLUSTER_NAME",
          "VIRTUAL_HOST_NAME");

  private Operators() {}

  /** Whether it has a value in an access log; that of any other of Envoy's is always absent. */
  public static boolean isHonoured(String operator) {
    return HONOURED.contains(operator);
  }

  /** Whether it has a value in a header of an outbound call; any other's is always empty. */
  public static boolean isHonouredInHeaders(String operator, boolean ofRequest) {
    return IN_REQUESTS.contains(operator) || (!ofRequest && IN_RESPONSES.contains(operator));
  }

  /** The operators that have a value in an access log. */
  public static Set<String> honoured() {
    return HONOURED;
  }

  /** Throws, with what is wrong, if there is no such operator or it can't be used so. */
  static void check(String operator, @Nullable String argument) {
    if (!HONOURED.contains(operator) && !OTHERS.contains(operator)) {
      throw new IllegalArgumentException("%" + operator + "% is not a command operator of Envoy's");
    }
    if (HEADERS.contains(operator) && (argument == null || argument.isBlank())) {
      throw new IllegalArgumentException("%" + operator + "% must name a header: %REQ(X-NAME)%");
    }
    if ((operator.equals("ENVIRONMENT") || operator.equals("QUERY_PARAM"))
        && (argument == null || argument.isBlank())) {
      throw new IllegalArgumentException("%" + operator + "% must name what it is to show");
    }
  }
}
