package dev.weft.telemetry;

import dev.weft.engine.ResponseFlag;
import java.util.Arrays;

/** The labels of Istio's standard request metrics, in the order in which values are given. */
final class Labels {

  static final String UNKNOWN = "unknown";

  /** Istio's canonical revision of what has none. */
  static final String LATEST = "latest";

  static final String[] ISTIO = {
    "reporter",
    "source_workload",
    "source_workload_namespace",
    "source_principal",
    "source_app",
    "source_version",
    "source_canonical_service",
    "source_canonical_revision",
    "source_cluster",
    "destination_workload",
    "destination_workload_namespace",
    "destination_principal",
    "destination_app",
    "destination_version",
    "destination_canonical_service",
    "destination_canonical_revision",
    "destination_service",
    "destination_service_name",
    "destination_service_namespace",
    "destination_cluster",
    "request_protocol",
    "response_code",
    "grpc_response_status",
    "response_flags",
    "connection_security_policy"
  };

  private static final String[] GRPC_STATUS = new String[17];

  static {
    Arrays.setAll(GRPC_STATUS, Integer::toString);
  }

  private Labels() {}

  /** gRPC's status as a label: 0 to 16, or empty if the server sent anything else. */
  static String grpcStatus(String sent) {
    for (String status : GRPC_STATUS) {
      if (status.equals(sent)) {
        return status;
      }
    }
    return "";
  }

  /**
   * The status that a client behind Envoy would have got, also where ours gets its library's
   * exception: 0 only if it didn't wait for one.
   */
  static int status(int received, ResponseFlag flag) {
    boolean failed =
        flag == ResponseFlag.UPSTREAM_CONNECTION_FAILURE
            || flag == ResponseFlag.UPSTREAM_CONNECTION_TERMINATION;
    return received == 0 && failed ? 503 : received;
  }

  static String security(boolean mutualTls) {
    return mutualTls ? "mutual_tls" : "none";
  }
}
