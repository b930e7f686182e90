package dev.weft.telemetry;

import dev.weft.engine.ResponseFlag;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Envoy's {@code %RESPONSE_CODE_DETAILS%} (StreamInfo::ResponseCodeDetails), as the flags imply
 * them.
 */
final class Details {

  private static final String VIA_UPSTREAM = "via_upstream";
  private static final String RESET = "upstream_reset_before_response_started{";

  /** What refuses and is no policy of RBAC's says so itself. */
  private static final List<String> OTHER_FILTERS =
      List.of("ext_authz_", "jwt_authn_access_denied{", "path_normalization_failed");

  private Details() {}

  static String inbound(@Nullable String policy, ResponseFlag flag, @Nullable Throwable failure) {
    if (policy != null && OTHER_FILTERS.stream().anyMatch(policy::startsWith)) {
      return policy;
    } else if (flag == ResponseFlag.UNAUTHORIZED_EXTERNAL_SERVICE) {
      return "ext_authz_denied";
    } else if (policy != null) {
      return "rbac_access_denied_matched_policy[" + policy + "]";
    }
    return failure == null ? VIA_UPSTREAM : "downstream_remote_disconnect";
  }

  /**
   * @param status 0 if no response came and none was made
   * @param failure of the last attempt
   */
  static String outbound(
      int status, ResponseFlag flag, @Nullable String cluster, @Nullable String failure) {
    return switch (flag) {
      case NO_ROUTE -> "route_not_found";
      case NO_CLUSTER -> "cluster_not_found";
      case NO_HEALTHY_UPSTREAM -> "no_healthy_upstream";
      case FAULT_INJECTED -> "fault_filter_abort";
      case RESPONSE_FROM_CACHE_FILTER -> "cache.response_from_cache_filter";
      case UPSTREAM_REQUEST_TIMEOUT ->
          "per-try timeout".equals(failure) ? "upstream_per_try_timeout" : "response_timeout";
      case UPSTREAM_OVERFLOW -> RESET + "overflow}";
      case UPSTREAM_CONNECTION_FAILURE -> RESET + "remote_connection_failure}";
      case UPSTREAM_CONNECTION_TERMINATION ->
          status == 0
              ? RESET + "connection_termination}"
              : "upstream_reset_after_response_started{connection_termination}";
      case DOWNSTREAM_CONNECTION_TERMINATION -> "downstream_remote_disconnect";
      default -> cluster == null && status != 0 ? "direct_response" : VIA_UPSTREAM;
    };
  }
}
