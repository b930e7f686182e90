package dev.weft.xds.translation;

import static dev.weft.xds.translation.Routes.ALL;
import static dev.weft.xds.translation.Routes.TO_V1;
import static dev.weft.xds.translation.Routes.forward;
import static dev.weft.xds.translation.Routes.route;
import static dev.weft.xds.translation.Routes.translate;
import static dev.weft.xds.translation.Routes.unknown;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Duration;
import dev.weft.engine.Header;
import dev.weft.engine.model.HashPolicy;
import dev.weft.xds.proto.RouteAction;
import java.util.List;
import org.junit.jupiter.api.Test;

/** RouteAction.HashPolicy. */
class HashPolicyTranslationTest {

  private static RouteAction.HashPolicy.Builder policy() {
    return RouteAction.HashPolicy.newBuilder();
  }

  @Test
  void allThatIstioSends() throws ResourceRefused {
    assertThat(
            forward(
                    TO_V1.toBuilder()
                        .addHashPolicy(
                            policy()
                                .setHeader(
                                    RouteAction.HashPolicy.Header.newBuilder()
                                        .setHeaderName("X-User"))
                                .setTerminal(true))
                        .addHashPolicy(
                            policy()
                                .setCookie(
                                    RouteAction.HashPolicy.Cookie.newBuilder()
                                        .setName("session")
                                        .setTtl(Duration.newBuilder().setSeconds(60))
                                        .setPath("/x")
                                        .addAttributes(
                                            RouteAction.HashPolicy.CookieAttribute.newBuilder()
                                                .setName("Secure"))))
                        .addHashPolicy(
                            policy()
                                .setCookie(
                                    RouteAction.HashPolicy.Cookie.newBuilder().setName("given")))
                        .addHashPolicy(
                            policy()
                                .setConnectionProperties(
                                    RouteAction.HashPolicy.ConnectionProperties.newBuilder()
                                        .setSourceIp(true)))
                        .addHashPolicy(
                            policy()
                                .setQueryParameter(
                                    RouteAction.HashPolicy.QueryParameter.newBuilder()
                                        .setName("page"))))
                .hash())
        .containsExactly(
            new HashPolicy.Header("x-user", true),
            new HashPolicy.Cookie(
                "session",
                java.time.Duration.ofMinutes(1),
                "/x",
                List.of(new Header("Secure", "")),
                false),
            new HashPolicy.Cookie("given", null, "", List.of(), false),
            new HashPolicy.SourceIp(false),
            new HashPolicy.QueryParameter("page", false));
  }

  /** filter_state = 6: the field is unknown, and so is what to hash. */
  @Test
  void whatIsNotHashedIsNoted() throws Exception {
    RouteAction.HashPolicy ofFilterState = RouteAction.HashPolicy.parseFrom(unknown(6));
    Translation<RouteResource> translation =
        translate(route(ALL, TO_V1.toBuilder().addHashPolicy(ofFilterState).build()));
    assertThat(translation.notes())
        .extracting(Note::field, Note::reason)
        .contains(
            org.assertj.core.groups.Tuple.tuple(
                "virtual_hosts[0].routes[0].route.hash_policy[0]",
                "hashes something that is not supported; left out"));
    assertThat(forward(TO_V1.toBuilder().addHashPolicy(ofFilterState)).hash()).isEmpty();
  }
}
