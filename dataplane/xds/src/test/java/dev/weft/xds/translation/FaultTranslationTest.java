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
import dev.weft.engine.model.FaultPolicy.Abort;
import dev.weft.engine.model.FaultPolicy.Delay;
import dev.weft.engine.model.FaultPolicy.Status;
import dev.weft.engine.model.Fraction;
import dev.weft.engine.model.HeaderMatch;
import dev.weft.engine.model.StringMatch;
import dev.weft.xds.proto.FaultAbort;
import dev.weft.xds.proto.FaultDelay;
import dev.weft.xds.proto.FractionalPercent;
import dev.weft.xds.proto.FractionalPercent.DenominatorType;
import dev.weft.xds.proto.HTTPFault;
import dev.weft.xds.proto.HeaderMatcher;
import java.util.List;
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
        .isEqualTo(
            new FaultPolicy(
                new Delay(java.time.Duration.ofSeconds(7), new Fraction(50, 100)),
                new Abort(new Status(503, false), new Fraction(25, 10_000)),
                List.of()));
    assertThat(
            fault(
                fault.toBuilder()
                    .setAbort(
                        FaultAbort.newBuilder()
                            .setGrpcStatus(14)
                            .setPercentage(percent(7, DenominatorType.MILLION)))
                    .clearDelay()
                    .build()))
        .isEqualTo(
            new FaultPolicy(
                null, new Abort(new Status(14, true), new Fraction(7, 1_000_000)), List.of()));
  }

  /** "specifies fault delay/abort is controlled via an HTTP header". */
  @Test
  void byHeader() throws ResourceRefused {
    assertThat(
            fault(
                HTTPFault.newBuilder()
                    .setDelay(
                        FaultDelay.newBuilder()
                            .setHeaderDelay(FaultDelay.HeaderDelay.getDefaultInstance())
                            .setPercentage(percent(50, DenominatorType.HUNDRED)))
                    .setAbort(
                        FaultAbort.newBuilder()
                            .setHeaderAbort(FaultAbort.HeaderAbort.getDefaultInstance())
                            .setPercentage(percent(100, DenominatorType.HUNDRED)))
                    .addHeaders(HeaderMatcher.newBuilder().setName("x"))
                    .build()))
        .isEqualTo(
            new FaultPolicy(
                new Delay(null, new Fraction(50, 100)),
                new Abort(null, Fraction.ALL),
                List.of(new HeaderMatch("x", new StringMatch.Present(), false))));
  }

  @Test
  void aFaultNarrowedToSomeNodesIsLeftOut() throws ResourceRefused {
    HTTPFault narrowed =
        HTTPFault.newBuilder()
            .setAbort(FaultAbort.newBuilder().setHttpStatus(503))
            .addDownstreamNodes("node-1")
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
