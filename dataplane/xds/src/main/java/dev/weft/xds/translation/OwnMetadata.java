package dev.weft.xds.translation;

import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import dev.weft.xds.proto.Cluster;
import dev.weft.xds.proto.Listener;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;

/**
 * What Envoy's published API has no field for yet, from a Cluster's metadata {@code dev.weft}.
 *
 * @param outlierErrorCodes statuses that count as failures beside 5xx
 * @param retryBudgetInterval 0: none
 */
record OwnMetadata(
    Set<Integer> outlierErrorCodes, Duration retryBudgetInterval, int proxyProtocol) {

  /** Of clusters', routes' and listeners' metadata. */
  static final String NAME = "dev.weft";

  /** How many requests a server's port serves at once, from its Listener's metadata; 0: any. */
  static int maxRequests(Listener listener) {
    return (int)
        listener
            .getMetadata()
            .getFilterMetadataOrDefault(NAME, Struct.getDefaultInstance())
            .getFieldsOrDefault("max_requests", Value.getDefaultInstance())
            .getNumberValue();
  }

  static OwnMetadata of(Cluster cluster, Findings findings) {
    Struct own =
        cluster.getMetadata().getFilterMetadataOrDefault(NAME, Struct.getDefaultInstance());
    Set<Integer> codes = new TreeSet<>();
    Duration interval = Duration.ZERO;
    int proxyProtocol = 0;
    for (var field : own.getFieldsMap().entrySet()) {
      Value value = field.getValue();
      switch (field.getKey()) {
        case "outlier_error_codes" ->
            value
                .getListValue()
                .getValuesList()
                .forEach(code -> codes.add((int) code.getNumberValue()));
        case "retry_budget_interval_ms" ->
            interval = Duration.ofMillis((long) Math.max(0, value.getNumberValue()));
        case "proxy_protocol" -> proxyProtocol = value.getNumberValue() == 2 ? 2 : 1;
        case LastGoodAnswers.FIELD -> {
          // read there
        }
        default ->
            findings.note(
                "metadata[" + NAME + "]." + field.getKey(), "is not known and has no effect");
      }
    }
    return new OwnMetadata(codes, interval, proxyProtocol);
  }
}
