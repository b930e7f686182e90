package dev.weft.telemetry;

/** The labels of Istio's standard request metrics, in the order in which values are given. */
final class Labels {

  static final String UNKNOWN = "unknown";

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

  private Labels() {}

  static String security(boolean mutualTls) {
    return mutualTls ? "mutual_tls" : "none";
  }
}
