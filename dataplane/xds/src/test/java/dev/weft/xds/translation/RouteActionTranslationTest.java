package dev.weft.xds.translation;

import static dev.weft.xds.translation.Routes.ALL;
import static dev.weft.xds.translation.Routes.TO_V1;
import static dev.weft.xds.translation.Routes.forward;
import static dev.weft.xds.translation.Routes.only;
import static dev.weft.xds.translation.Routes.option;
import static dev.weft.xds.translation.Routes.route;
import static dev.weft.xds.translation.Routes.translate;
import static dev.weft.xds.translation.Routes.unknown;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Struct;
import com.google.protobuf.UInt32Value;
import com.google.protobuf.Value;
import dev.weft.engine.Header;
import dev.weft.engine.HeaderEdits;
import dev.weft.engine.model.Fraction;
import dev.weft.engine.model.Mirror;
import dev.weft.engine.model.PathRewrite;
import dev.weft.engine.model.Route;
import dev.weft.xds.proto.DataSource;
import dev.weft.xds.proto.DirectResponseAction;
import dev.weft.xds.proto.FractionalPercent;
import dev.weft.xds.proto.HeaderValueOption.HeaderAppendAction;
import dev.weft.xds.proto.Metadata;
import dev.weft.xds.proto.RedirectAction;
import dev.weft.xds.proto.RegexMatchAndSubstitute;
import dev.weft.xds.proto.RegexMatcher;
import dev.weft.xds.proto.RouteAction;
import dev.weft.xds.proto.RuntimeFractionalPercent;
import dev.weft.xds.proto.WeightedCluster;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** RouteAction and DirectResponseAction. */
class RouteActionTranslationTest {

  @Test
  void timeout() throws ResourceRefused {
    assertThat(forward(TO_V1.toBuilder()).timeouts().total())
        .as("unset: 15 s")
        .isEqualTo(java.time.Duration.ofSeconds(15));
    assertThat(
            forward(TO_V1.toBuilder().setTimeout(Duration.getDefaultInstance())).timeouts().total())
        .as("0: none")
        .isNull();
    assertThat(
            forward(TO_V1.toBuilder().setTimeout(Duration.newBuilder().setNanos(5)))
                .timeouts()
                .total())
        .isEqualTo(java.time.Duration.ofNanos(5));
  }

  @Test
  void weightedClusters() throws ResourceRefused {
    Route.Forward forward =
        forward(
            RouteAction.newBuilder()
                .setWeightedClusters(
                    WeightedCluster.newBuilder()
                        .addClusters(weight("v1", 90))
                        .addClusters(
                            weight("v2", 10)
                                .setHostRewriteLiteral("two.example")
                                .addRequestHeadersToAdd(
                                    option(
                                        "X-V", "2", HeaderAppendAction.OVERWRITE_IF_EXISTS_OR_ADD))
                                .addResponseHeadersToRemove("Server"))));
    assertThat(forward.destinations())
        .containsExactly(
            new Route.Destination("v1", 90, "", HeaderEdits.NONE, HeaderEdits.NONE),
            new Route.Destination(
                "v2",
                10,
                "two.example",
                new HeaderEdits(List.of(), List.of(new Header("x-v", "2")), List.of()),
                new HeaderEdits(List.of("server"), List.of(), List.of())));
  }

  /** Weft's own, as the control server's Fallbacks puts it. */
  @Test
  void fallbacks() throws ResourceRefused {
    Struct clusters =
        Struct.newBuilder()
            .putFields("v1", Value.newBuilder().setStringValue("archive").build())
            .build();
    Struct ours =
        Struct.newBuilder()
            .putFields("fallback", Value.newBuilder().setStructValue(clusters).build())
            .build();
    for (RouteAction action :
        List.of(
            TO_V1,
            RouteAction.newBuilder()
                .setWeightedClusters(WeightedCluster.newBuilder().addClusters(weight("v1", 1)))
                .build())) {
      Translation<RouteResource> read =
          translate(
              route(ALL, action).toBuilder()
                  .setMetadata(Metadata.newBuilder().putFilterMetadata("dev.weft", ours))
                  .build());

      assertThat(((Route.Forward) only(read).action()).destinations())
          .extracting(Route.Destination::fallback)
          .containsExactly("archive");
      assertThat(read.value().clusters()).containsExactlyInAnyOrder("v1", "archive");
      assertThat(read.notes()).isEmpty();
    }
  }

  @Test
  void weightsMustHaveASum() {
    assertThatThrownBy(
            () ->
                forward(
                    RouteAction.newBuilder()
                        .setWeightedClusters(
                            WeightedCluster.newBuilder().addClusters(weight("v1", 0)))))
        .hasMessageContaining("weighted_clusters");
  }

  @Test
  void whatWouldSendElsewhereRefusesTheTable() throws InvalidProtocolBufferException {
    // cluster_header = 2
    RouteAction elsewhere = RouteAction.parseFrom(TO_V1.toByteString().concat(unknown(2)));
    assertThatThrownBy(() -> forward(elsewhere.toBuilder()))
        .isInstanceOf(ResourceRefused.class)
        .hasMessage("catalog: virtual_hosts[0].routes[0].route: field 2 is not supported");
  }

  @Test
  void whatIsAnExtraIsNoted() throws Exception {
    // internal_redirect_policy = 34
    RouteAction redirected = RouteAction.parseFrom(TO_V1.toByteString().concat(unknown(34)));
    assertThat(translate(route(ALL, redirected)).notes())
        .containsExactly(
            new Note(
                "catalog",
                "virtual_hosts[0].routes[0].route",
                "field 34 is not supported and has no effect"));
  }

  @Test
  void anUnknownActionRefusesTheTable() {
    assertThatThrownBy(() -> translate(dev.weft.xds.proto.Route.newBuilder().setMatch(ALL).build()))
        .isInstanceOf(ResourceRefused.class)
        .hasMessageContaining("virtual_hosts[0].routes[0]: no action");
  }

  @Test
  void directResponse() throws ResourceRefused {
    Route route =
        only(
            translate(
                dev.weft.xds.proto.Route.newBuilder()
                    .setMatch(ALL)
                    .setDirectResponse(
                        DirectResponseAction.newBuilder()
                            .setStatus(418)
                            .setBody(DataSource.newBuilder().setInlineString("short and stout")))
                    .build()));
    assertThat(route.action()).isEqualTo(new Route.Respond(418, List.of(), "short and stout"));
    byte[] octets = {(byte) 0xff, 0, (byte) 0xfe};
    Route binary =
        only(
            translate(
                dev.weft.xds.proto.Route.newBuilder()
                    .setMatch(ALL)
                    .setDirectResponse(
                        DirectResponseAction.newBuilder()
                            .setStatus(200)
                            .setBody(
                                DataSource.newBuilder()
                                    .setInlineBytes(ByteString.copyFrom(octets))))
                    .build()));
    Route.Respond respond = (Route.Respond) binary.action();
    assertThat(respond.body().getBytes(respond.charset())).isEqualTo(octets);
  }

  @Test
  void rewrites() throws ResourceRefused {
    assertThat(
            forward(TO_V1.toBuilder().setPrefixRewrite("/v2").setHostRewriteLiteral("other"))
                .rewrite())
        .isEqualTo(new Route.Rewrite(new PathRewrite.Matched("/v2"), "other"));
    assertThat(forward(TO_V1.toBuilder()).rewrite()).isEqualTo(Route.Rewrite.NONE);
  }

  /** RegexMatchAndSubstitute: the groups are {@code \\N}; a dollar sign is only that. */
  @ParameterizedTest
  @CsvSource({
    "'/([a-z]+)/([0-9]+)', '/\\2/\\1', /item/12, /12/item",
    "'[0-9]', '\\0\\0', /a1b2, /a11b22",
    "'(a)', '\\10', /a, /a0",
    "'a', '$1\\\\', /a, '/$1\\'"
  })
  void regexRewrite(String regex, String substitution, String path, String expected)
      throws ResourceRefused {
    PathRewrite rewrite = forward(regexRewrite(regex, substitution)).rewrite().path();
    assertThat(rewrite)
        .isInstanceOfSatisfying(
            PathRewrite.Pattern.class,
            it -> assertThat(it.replacement().replaceAll(path)).isEqualTo(expected));
  }

  @Test
  void aSubstitutionOfAGroupThatIsNotThereRefusesTheTable() {
    assertThatThrownBy(() -> forward(regexRewrite("a", "\\1")))
        .isInstanceOf(ResourceRefused.class)
        .hasMessageContaining("regex_rewrite.substitution");
  }

  private static RouteAction.Builder regexRewrite(String regex, String substitution) {
    return TO_V1.toBuilder()
        .setRegexRewrite(
            RegexMatchAndSubstitute.newBuilder()
                .setPattern(RegexMatcher.newBuilder().setRegex(regex))
                .setSubstitution(substitution));
  }

  @Test
  void mirrors() throws ResourceRefused {
    assertThat(
            forward(
                    TO_V1.toBuilder()
                        .addRequestMirrorPolicies(
                            RouteAction.RequestMirrorPolicy.newBuilder().setCluster("v2"))
                        .addRequestMirrorPolicies(
                            RouteAction.RequestMirrorPolicy.newBuilder()
                                .setCluster("v3")
                                .setDisableShadowHostSuffixAppend(true)
                                .setRuntimeFraction(
                                    RuntimeFractionalPercent.newBuilder()
                                        .setDefaultValue(
                                            FractionalPercent.newBuilder().setNumerator(5)))))
                .mirrors())
        .containsExactly(
            new Mirror("v2", Fraction.ALL, true), new Mirror("v3", new Fraction(5, 100), false));
  }

  /** RedirectAction. */
  @Test
  void redirect() throws ResourceRefused {
    assertThat(
            redirect(
                RedirectAction.newBuilder()
                    .setHttpsRedirect(true)
                    .setHostRedirect("other")
                    .setPortRedirect(8443)
                    .setPathRedirect("/new")
                    .setStripQuery(true)
                    .setResponseCode(RedirectAction.RedirectResponseCode.SEE_OTHER)))
        .isEqualTo(new Route.Redirect(303, "https", "other", 8443, "/new", null, true));
    assertThat(
            redirect(RedirectAction.newBuilder().setSchemeRedirect("ftp").setPrefixRewrite("/new")))
        .isEqualTo(
            new Route.Redirect(301, "ftp", "", 0, "", new PathRewrite.Matched("/new"), false));
  }

  private static Route.Action redirect(RedirectAction.Builder redirect) throws ResourceRefused {
    return only(translate(
            dev.weft.xds.proto.Route.newBuilder().setMatch(ALL).setRedirect(redirect).build()))
        .action();
  }

  private static WeightedCluster.ClusterWeight.Builder weight(String name, int weight) {
    return WeightedCluster.ClusterWeight.newBuilder()
        .setName(name)
        .setWeight(UInt32Value.of(weight));
  }
}
