package dev.weft.xds.translation;

import static dev.weft.xds.translation.Routes.ALL;
import static dev.weft.xds.translation.Routes.TO_V1;
import static dev.weft.xds.translation.Routes.any;
import static dev.weft.xds.translation.Routes.only;
import static dev.weft.xds.translation.Routes.route;
import static dev.weft.xds.translation.Routes.translate;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.BoolValue;
import dev.weft.engine.model.StringMatch;
import dev.weft.xds.proto.CorsPolicy;
import dev.weft.xds.proto.FractionalPercent;
import dev.weft.xds.proto.RuntimeFractionalPercent;
import dev.weft.xds.proto.StringMatcher;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** typed_per_filter_config["envoy.filters.http.cors"]. */
class CorsTranslationTest {

  @Test
  void everyField() throws ResourceRefused {
    assertThat(
            cors(
                CorsPolicy.newBuilder()
                    .addAllowOriginStringMatch(StringMatcher.newBuilder().setExact("http://a"))
                    .setAllowMethods("GET,PUT")
                    .setAllowHeaders("x-a")
                    .setExposeHeaders("x-b")
                    .setMaxAge("60")
                    .setAllowCredentials(BoolValue.of(true))
                    .setForwardNotMatchingPreflights(BoolValue.of(false))))
        .isEqualTo(
            new dev.weft.engine.model.CorsPolicy(
                List.of(new StringMatch.Exact("http://a", false)),
                "GET,PUT",
                "x-a",
                "x-b",
                "60",
                true,
                false));
  }

  @Test
  void unsetFields() throws ResourceRefused {
    assertThat(cors(CorsPolicy.newBuilder()))
        .isEqualTo(new dev.weft.engine.model.CorsPolicy(List.of(), "", "", "", "", false, true));
  }

  @Test
  void switchedOff() throws ResourceRefused {
    assertThat(
            cors(
                CorsPolicy.newBuilder()
                    .setFilterEnabled(
                        RuntimeFractionalPercent.newBuilder()
                            .setDefaultValue(FractionalPercent.getDefaultInstance()))))
        .isNull();
  }

  private static dev.weft.engine.model.@Nullable CorsPolicy cors(CorsPolicy.Builder policy)
      throws ResourceRefused {
    return only(translate(
            route(ALL, TO_V1).toBuilder()
                .putTypedPerFilterConfig(
                    "envoy.filters.http.cors",
                    any("envoy.extensions.filters.http.cors.v3.CorsPolicy", policy.build()))
                .build()))
        .cors();
  }
}
