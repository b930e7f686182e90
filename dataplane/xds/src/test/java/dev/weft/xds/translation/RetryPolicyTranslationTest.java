package dev.weft.xds.translation;

import static dev.weft.xds.translation.Routes.ALL;
import static dev.weft.xds.translation.Routes.TO_V1;
import static dev.weft.xds.translation.Routes.configuration;
import static dev.weft.xds.translation.Routes.forward;
import static dev.weft.xds.translation.Routes.only;
import static dev.weft.xds.translation.Routes.read;
import static dev.weft.xds.translation.Routes.route;
import static dev.weft.xds.translation.Routes.virtualHost;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Any;
import com.google.protobuf.Duration;
import com.google.protobuf.UInt32Value;
import dev.weft.engine.model.RetryPolicy;
import dev.weft.engine.model.Route;
import dev.weft.xds.proto.HedgePolicy;
import dev.weft.xds.proto.PreviousPrioritiesConfig;
import dev.weft.xds.proto.RouteAction;
import dev.weft.xds.proto.RouteConfiguration;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** RetryPolicy and HedgePolicy. */
class RetryPolicyTranslationTest {

  @Test
  void retryPolicy() throws ResourceRefused {
    assertThat(
            retry(
                dev.weft.xds.proto.RetryPolicy.newBuilder()
                    .setRetryOn("connect-failure, retriable-status-codes,telepathy")
                    .setNumRetries(UInt32Value.of(3))
                    .setPerTryTimeout(Duration.newBuilder().setSeconds(2))
                    .addRetriableStatusCodes(503)
                    .addRetryHostPredicate(
                        dev.weft.xds.proto.RetryPolicy.RetryHostPredicate.newBuilder()
                            .setName("envoy.retry_host_predicates.previous_hosts"))
                    .setRetryBackOff(
                        dev.weft.xds.proto.RetryPolicy.RetryBackOff.newBuilder()
                            .setBaseInterval(millis(10)))))
        .isEqualTo(
            new RetryPolicy(
                Set.of("connect-failure", "retriable-status-codes"),
                3,
                java.time.Duration.ofSeconds(2),
                java.time.Duration.ofMillis(10),
                java.time.Duration.ofMillis(100),
                Set.of(503),
                List.of(),
                List.of(),
                true,
                false));
  }

  @Test
  void previousPriorities() throws ResourceRefused {
    assertThat(retry(withPriorities(2)))
        .isNotNull()
        .extracting(RetryPolicy::otherPrioritiesEvery)
        .isEqualTo(2);
    assertThatThrownBy(() -> retry(withPriorities(0)))
        .isInstanceOf(ResourceRefused.class)
        .hasMessageContaining("retry_priority.update_frequency");
  }

  private static dev.weft.xds.proto.RetryPolicy.Builder withPriorities(int frequency) {
    return dev.weft.xds.proto.RetryPolicy.newBuilder()
        .setRetryOn("5xx")
        .setRetryPriority(
            dev.weft.xds.proto.RetryPolicy.RetryPriority.newBuilder()
                .setName("envoy.retry_priorities.previous_priorities")
                .setTypedConfig(
                    Any.newBuilder()
                        .setTypeUrl(
                            "type.googleapis.com/envoy.extensions.retry.priority"
                                + ".previous_priorities.v3.PreviousPrioritiesConfig")
                        .setValue(
                            PreviousPrioritiesConfig.newBuilder()
                                .setUpdateFrequency(frequency)
                                .build()
                                .toByteString())));
  }

  @Test
  void retryDefaults() throws ResourceRefused {
    assertThat(retry(dev.weft.xds.proto.RetryPolicy.newBuilder().setRetryOn("5xx")))
        .isEqualTo(
            new RetryPolicy(
                Set.of("5xx"),
                1,
                null,
                java.time.Duration.ofMillis(25),
                java.time.Duration.ofMillis(250),
                Set.of(),
                List.of(),
                List.of(),
                false,
                false));
    assertThat(
            retry(
                dev.weft.xds.proto.RetryPolicy.newBuilder()
                    .setRetryOn("5xx")
                    .setNumRetries(UInt32Value.of(0))))
        .isNull();
    assertThat(retry(dev.weft.xds.proto.RetryPolicy.newBuilder())).isNull();
  }

  @Test
  void hedgePolicy() throws ResourceRefused {
    RouteAction.Builder retried =
        TO_V1.toBuilder()
            .setRetryPolicy(dev.weft.xds.proto.RetryPolicy.newBuilder().setRetryOn("5xx"));
    HedgePolicy policy = HedgePolicy.newBuilder().setHedgeOnPerTryTimeout(true).build();
    assertThat(forward(retried.setHedgePolicy(policy)).retry())
        .isNotNull()
        .matches(RetryPolicy::hedgeOnPerTryTimeout);
    RouteConfiguration ofHost =
        configuration(
            virtualHost(route(ALL, retried.clearHedgePolicy().build())).setHedgePolicy(policy));
    assertThat(((Route.Forward) only(read(ofHost)).action()).retry())
        .isNotNull()
        .matches(RetryPolicy::hedgeOnPerTryTimeout);
  }

  @Test
  void aVirtualHostsRetryPolicyIsTheRoutesDefault() throws ResourceRefused {
    RouteConfiguration source =
        configuration(
            virtualHost(route(ALL, TO_V1))
                .setRetryPolicy(dev.weft.xds.proto.RetryPolicy.newBuilder().setRetryOn("5xx")));
    Route.Forward forward = (Route.Forward) only(read(source)).action();
    assertThat(forward.retry()).isNotNull();
  }

  private static @Nullable RetryPolicy retry(dev.weft.xds.proto.RetryPolicy.Builder policy)
      throws ResourceRefused {
    return forward(TO_V1.toBuilder().setRetryPolicy(policy)).retry();
  }

  private static Duration millis(int millis) {
    return Duration.newBuilder().setNanos(millis * 1_000_000).build();
  }
}
