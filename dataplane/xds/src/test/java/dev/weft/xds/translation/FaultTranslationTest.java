package dev.weft.xds.translation;

import static dev.weft.xds.translation.Routes.ALL;
import static dev.weft.xds.translation.Routes.TO_V1;
import static dev.weft.xds.translation.Routes.any;
import static dev.weft.xds.translation.Routes.only;
import static dev.weft.xds.translation.Routes.route;
import static dev.weft.xds.translation.Routes.translate;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Duration;
import dev.weft.engine.model.FaultPolicy;
import dev.weft.xds.proto.FaultAbort;
import dev.weft.xds.proto.FaultDelay;
import dev.weft.xds.proto.FractionalPercent;
import dev.weft.xds.proto.FractionalPercent.DenominatorType;
import dev.weft.xds.proto.HTTPFault;
import dev.weft.xds.proto.HeaderMatcher;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** typed_per_filter_config["envoy.filters.http.fault"]. */
class FaultTranslationTest {

  @Test
  void fault() throws ResourceRefused {
    HTTPFault fault =
        HTTPFault.newBuilder()
            .setDelay(
                FaultDelay.newBuilder()
                    .setFixedDelay(Duration.newBuilder().setSeconds(7))
                    .setPercentage(percent(50, DenominatorType.HUNDRED)))
            .setAbort(
                FaultAbort.newBuilder()
                    .setHttpStatus(503)
                    .setPercentage(percent(25, DenominatorType.TEN_THOUSAND)))
            .build();
    assertThat(fault(fault))
        .isEqualTo(new FaultPolicy(java.time.Duration.ofSeconds(7), 500_000, 503, 2_500));
    assertThat(
            fault(
                fault.toBuilder()
                    .setAbort(
                        fault.getAbort().toBuilder()
                            .setPercentage(percent(7, DenominatorType.MILLION)))
                    .build()))
        .isEqualTo(new FaultPolicy(java.time.Duration.ofSeconds(7), 500_000, 503, 7));
  }

  @Test
  void aFaultNarrowedToSomeRequestsIsLeftOut() throws ResourceRefused {
    HTTPFault narrowed =
        HTTPFault.newBuilder()
            .setAbort(FaultAbort.newBuilder().setHttpStatus(503))
            .addHeaders(HeaderMatcher.newBuilder().setName("x"))
            .build();
    assertThat(fault(narrowed)).isNull();
  }

  private static @Nullable FaultPolicy fault(HTTPFault fault) throws ResourceRefused {
    return only(translate(
            route(ALL, TO_V1).toBuilder()
                .putTypedPerFilterConfig(
                    "envoy.filters.http.fault",
                    any("envoy.extensions.filters.http.fault.v3.HTTPFault", fault))
                .build()))
        .fault();
  }

  private static FractionalPercent percent(int numerator, DenominatorType denominator) {
    return FractionalPercent.newBuilder()
        .setNumerator(numerator)
        .setDenominator(denominator)
        .build();
  }
}
