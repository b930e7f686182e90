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

import com.google.protobuf.Duration;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UInt32Value;
import dev.weft.engine.Header;
import dev.weft.engine.HeaderEdits;
import dev.weft.engine.model.Route;
import dev.weft.xds.proto.DataSource;
import dev.weft.xds.proto.DirectResponseAction;
import dev.weft.xds.proto.HeaderValueOption.HeaderAppendAction;
import dev.weft.xds.proto.RouteAction;
import dev.weft.xds.proto.WeightedCluster;
import java.util.List;
import org.junit.jupiter.api.Test;

/** RouteAction and DirectResponseAction. */
class RouteActionTranslationTest {

  @Test
  void timeout() throws ResourceRefused {
    assertThat(forward(TO_V1.toBuilder()).timeout())
        .as("unset: 15 s")
        .isEqualTo(java.time.Duration.ofSeconds(15));
    assertThat(forward(TO_V1.toBuilder().setTimeout(Duration.getDefaultInstance())).timeout())
        .as("0: none")
        .isNull();
    assertThat(forward(TO_V1.toBuilder().setTimeout(Duration.newBuilder().setNanos(5))).timeout())
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
                                .addRequestHeadersToAdd(
                                    option(
                                        "X-V", "2", HeaderAppendAction.OVERWRITE_IF_EXISTS_OR_ADD))
                                .addResponseHeadersToRemove("Server"))));
    assertThat(forward.destinations())
        .containsExactly(
            new Route.Destination("v1", 90, HeaderEdits.NONE, HeaderEdits.NONE),
            new Route.Destination(
                "v2",
                10,
                new HeaderEdits(List.of(), List.of(new Header("x-v", "2")), List.of()),
                new HeaderEdits(List.of("server"), List.of(), List.of())));
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
    // prefix_rewrite = 5
    RouteAction rewriting = RouteAction.parseFrom(TO_V1.toByteString().concat(unknown(5)));
    assertThatThrownBy(() -> forward(rewriting.toBuilder()))
        .isInstanceOf(ResourceRefused.class)
        .hasMessage("catalog: virtual_hosts[0].routes[0].route: field 5 is not supported");
  }

  @Test
  void whatIsAnExtraIsNoted() throws Exception {
    // request_mirror_policies = 30
    RouteAction mirroring = RouteAction.parseFrom(TO_V1.toByteString().concat(unknown(30)));
    assertThat(translate(route(ALL, mirroring)).notes())
        .containsExactly(
            new Note(
                "catalog",
                "virtual_hosts[0].routes[0].route",
                "field 30 is not supported and has no effect"));
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
  }

  private static WeightedCluster.ClusterWeight.Builder weight(String name, int weight) {
    return WeightedCluster.ClusterWeight.newBuilder()
        .setName(name)
        .setWeight(UInt32Value.of(weight));
  }
}
