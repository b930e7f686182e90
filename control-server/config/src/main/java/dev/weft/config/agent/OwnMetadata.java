package dev.weft.config.agent;

import com.google.protobuf.ListValue;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import dev.weft.config.model.TrafficPolicy;
import dev.weft.config.model.TrafficPolicy.ProxyProtocol;
import io.envoyproxy.envoy.config.core.v3.Metadata;

/**
 * What Envoy's published API has no field for yet, as metadata {@code dev.weft}; and the PROXY
 * protocol, for which it has a transport socket around the others.
 */
final class OwnMetadata {

  /** Of clusters', routes' and listeners' metadata. */
  static final String NAME = "dev.weft";

  private OwnMetadata() {}

  static void apply(TrafficPolicy policy, Metadata.Builder metadata) {
    Struct.Builder own = Struct.newBuilder();
    if (policy.outliers() != null && !policy.outliers().errorCodes().isEmpty()) {
      ListValue.Builder codes = ListValue.newBuilder();
      policy.outliers().errorCodes().forEach(code -> codes.addValues(number(code)));
      own.putFields("outlier_error_codes", Value.newBuilder().setListValue(codes).build());
    }
    if (policy.retryBudget() != null && !policy.retryBudget().interval().isZero()) {
      own.putFields(
          "retry_budget_interval_ms", number((double) policy.retryBudget().interval().toMillis()));
    }
    if (policy.proxyProtocol() != null) {
      own.putFields("proxy_protocol", number(policy.proxyProtocol() == ProxyProtocol.V2 ? 2 : 1));
    }
    if (own.getFieldsCount() > 0) {
      metadata.putFilterMetadata(NAME, own.build());
    }
  }

  /** Of a listener: an Envoy has a cluster for the application, whose circuit breaker says it. */
  static void maxRequests(int limit, Metadata.Builder metadata) {
    metadata.putFilterMetadata(
        NAME, Struct.newBuilder().putFields("max_requests", number(limit)).build());
  }

  static Value number(double number) {
    return Value.newBuilder().setNumberValue(number).build();
  }
}
