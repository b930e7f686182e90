package dev.weft.telemetry;

import static io.opentelemetry.api.common.AttributeKey.longKey;
import static io.opentelemetry.api.common.AttributeKey.stringKey;

import dev.weft.engine.ResponseFlag;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Attributes by OpenTelemetry's stable HTTP semantic conventions; for what these don't name, by
 * Envoy's tracing tags; for what neither names, Weft's own.
 */
final class SpanFacts {

  static final AttributeKey<String> METHOD = stringKey("http.request.method");
  static final AttributeKey<String> ORIGINAL_METHOD = stringKey("http.request.method_original");
  static final AttributeKey<Long> RESENDS = longKey("http.request.resend_count");
  static final AttributeKey<Long> STATUS = longKey("http.response.status_code");
  static final AttributeKey<String> ERROR = stringKey("error.type");
  static final AttributeKey<String> PROTOCOL_VERSION = stringKey("network.protocol.version");
  static final AttributeKey<String> PEER_ADDRESS = stringKey("network.peer.address");
  static final AttributeKey<Long> PEER_PORT = longKey("network.peer.port");
  static final AttributeKey<String> SERVER_ADDRESS = stringKey("server.address");
  static final AttributeKey<Long> SERVER_PORT = longKey("server.port");
  static final AttributeKey<String> URL = stringKey("url.full");
  static final AttributeKey<String> PATH = stringKey("url.path");
  static final AttributeKey<String> QUERY = stringKey("url.query");
  static final AttributeKey<String> SCHEME = stringKey("url.scheme");
  static final AttributeKey<String> USER_AGENT = stringKey("user_agent.original");
  static final AttributeKey<String> PRINCIPAL = stringKey("weft.peer.principal");
  static final AttributeKey<String> CLUSTER = stringKey("upstream_cluster");
  static final AttributeKey<String> FLAGS = stringKey("response_flags");
  static final AttributeKey<String> ROUTE = stringKey("weft.route");
  static final AttributeKey<String> POLICY = stringKey("weft.policy");
  static final AttributeKey<String> REQUEST_ID = stringKey("guid:x-request-id");
  static final AttributeKey<String> AUDITED = stringKey("weft.policy.audited");
  static final AttributeKey<String> DRY_RUN = stringKey("weft.policy.dry_run_denied");
  static final AttributeKey<String> SECURITY = stringKey("weft.connection_security_policy");

  private static final Set<String> METHODS =
      Set.of("GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH");

  private SpanFacts() {}

  /** A span's name, of which there must not be too many: the method, if it is a usual one. */
  static String name(String method) {
    return METHODS.contains(method) ? method : "HTTP";
  }

  static void method(Span span, String method) {
    if (METHODS.contains(method)) {
      span.setAttribute(METHOD, method);
    } else {
      span.setAttribute(METHOD, "_OTHER");
      span.setAttribute(ORIGINAL_METHOD, method);
    }
  }

  /**
   * Ends the span.
   *
   * @param status 0 if there was no response
   * @param firstError the least status that is an error on this side
   */
  static void end(
      Span span, int status, int firstError, ResponseFlag flag, @Nullable Throwable failure) {
    if (status != 0) {
      span.setAttribute(STATUS, status);
    }
    if (flag != ResponseFlag.NONE) {
      span.setAttribute(FLAGS, flag.code());
    }
    if (failure != null) {
      span.setAttribute(ERROR, failure.getClass().getName());
      span.setStatus(StatusCode.ERROR);
    } else if (status == 0 || status >= firstError) {
      span.setAttribute(ERROR, status == 0 ? flag.code() : Integer.toString(status));
      span.setStatus(StatusCode.ERROR);
    }
    span.end();
  }
}
