package dev.weft.differential;

import com.google.protobuf.Any;
import com.google.protobuf.Duration;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.Struct;
import com.google.protobuf.UnknownFieldSet;
import com.google.protobuf.Value;
import io.envoyproxy.envoy.config.cluster.v3.CircuitBreakers.Thresholds;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.common.matcher.v3.HttpHeadersMatch;
import io.envoyproxy.envoy.config.common.matcher.v3.MatchPredicate;
import io.envoyproxy.envoy.config.core.v3.Http1ProtocolOptions;
import io.envoyproxy.envoy.config.route.v3.HeaderMatcher;
import io.envoyproxy.envoy.extensions.upstreams.http.v3.HttpProtocolOptions;
import io.envoyproxy.envoy.type.matcher.v3.RegexMatcher;
import io.envoyproxy.envoy.type.matcher.v3.StringMatcher;

/**
 * What Envoy reads of a cluster, but its API's published classes don't know yet: it is in our own
 * metadata, and is put where Envoy expects it.
 */
final class NewerFields {

  private static final String HTTP = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";

  /** HttpProtocolOptions.outlier_detection. */
  private static final int OUTLIER_DETECTION = 8;

  /** HttpProtocolOptions.OutlierDetection.error_matcher. */
  private static final int ERROR_MATCHER = 1;

  /** CircuitBreakers.Thresholds.RetryBudget.budget_interval. */
  private static final int BUDGET_INTERVAL = 3;

  private NewerFields() {}

  static void into(Cluster.Builder cluster) throws InvalidProtocolBufferException {
    Struct own = cluster.getMetadata().getFilterMetadataOrDefault("dev.weft", null);
    if (own == null) {
      return;
    }
    if (own.containsFields("outlier_error_codes")) {
      // Istio's are beside 5xx; Envoy's matcher stands alone.
      MatchPredicate.MatchSet.Builder any =
          MatchPredicate.MatchSet.newBuilder().addRules(status("5.."));
      for (Value code :
          own.getFieldsOrThrow("outlier_error_codes").getListValue().getValuesList()) {
        any.addRules(status(Integer.toString((int) code.getNumberValue())));
      }
      Any before = cluster.getTypedExtensionProtocolOptionsOrDefault(HTTP, null);
      HttpProtocolOptions.Builder options =
          before == null
              ? HttpProtocolOptions.newBuilder()
              : before.unpack(HttpProtocolOptions.class).toBuilder();
      if (before == null) {
        options
            .getExplicitHttpConfigBuilder()
            .setHttpProtocolOptions(Http1ProtocolOptions.getDefaultInstance());
      }
      MatchPredicate matcher = MatchPredicate.newBuilder().setOrMatch(any).build();
      UnknownFieldSet detection =
          UnknownFieldSet.newBuilder().addField(ERROR_MATCHER, field(matcher)).build();
      options.setUnknownFields(
          UnknownFieldSet.newBuilder()
              .addField(
                  OUTLIER_DETECTION,
                  UnknownFieldSet.Field.newBuilder()
                      .addLengthDelimited(detection.toByteString())
                      .build())
              .build());
      cluster.putTypedExtensionProtocolOptions(HTTP, Any.pack(options.build()));
    }
    if (own.containsFields("retry_budget_interval_ms")) {
      long millis = (long) own.getFieldsOrThrow("retry_budget_interval_ms").getNumberValue();
      Duration interval =
          Duration.newBuilder()
              .setSeconds(millis / 1000)
              .setNanos((int) (millis % 1000) * 1_000_000)
              .build();
      for (Thresholds.Builder limits :
          cluster.getCircuitBreakersBuilder().getThresholdsBuilderList()) {
        limits
            .getRetryBudgetBuilder()
            .setUnknownFields(
                UnknownFieldSet.newBuilder().addField(BUDGET_INTERVAL, field(interval)).build());
      }
    }
  }

  private static MatchPredicate status(String regex) {
    return MatchPredicate.newBuilder()
        .setHttpResponseHeadersMatch(
            HttpHeadersMatch.newBuilder()
                .addHeaders(
                    HeaderMatcher.newBuilder()
                        .setName(":status")
                        .setStringMatch(
                            StringMatcher.newBuilder()
                                .setSafeRegex(RegexMatcher.newBuilder().setRegex(regex)))))
        .build();
  }

  private static UnknownFieldSet.Field field(Message value) {
    return UnknownFieldSet.Field.newBuilder().addLengthDelimited(value.toByteString()).build();
  }
}
