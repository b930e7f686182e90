package dev.weft.xds.translation;

import static dev.weft.xds.translation.Routes.ALL;
import static dev.weft.xds.translation.Routes.TO_V1;
import static dev.weft.xds.translation.Routes.configuration;
import static dev.weft.xds.translation.Routes.only;
import static dev.weft.xds.translation.Routes.option;
import static dev.weft.xds.translation.Routes.read;
import static dev.weft.xds.translation.Routes.route;
import static dev.weft.xds.translation.Routes.translate;
import static dev.weft.xds.translation.Routes.virtualHost;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.BoolValue;
import dev.weft.engine.Header;
import dev.weft.engine.HeaderEdits;
import dev.weft.xds.proto.HeaderValue;
import dev.weft.xds.proto.HeaderValueOption;
import dev.weft.xds.proto.HeaderValueOption.HeaderAppendAction;
import dev.weft.xds.proto.RouteConfiguration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Headers to add and to remove. */
class HeaderMutationTranslationTest {

  @Test
  void headerEdits() throws ResourceRefused {
    Translation<RouteResource> translation =
        translate(
            route(ALL, TO_V1).toBuilder()
                .addRequestHeadersToRemove("X-Gone")
                .addRequestHeadersToAdd(
                    option("A", "1", HeaderAppendAction.APPEND_IF_EXISTS_OR_ADD))
                .addRequestHeadersToAdd(
                    option("B", "100%%", HeaderAppendAction.OVERWRITE_IF_EXISTS_OR_ADD))
                .addRequestHeadersToAdd(
                    option("C", "%REQ(:path)%", HeaderAppendAction.APPEND_IF_EXISTS_OR_ADD))
                .addRequestHeadersToAdd(
                    HeaderValueOption.newBuilder()
                        .setHeader(HeaderValue.newBuilder().setKey("d").setValue("4"))
                        .setAppend(BoolValue.of(false)))
                .build());
    assertThat(only(translation).requestHeaders())
        .isEqualTo(
            new HeaderEdits(
                List.of("x-gone"),
                List.of(new Header("b", "100%"), new Header("d", "4")),
                List.of(new Header("a", "1"))));
    assertThat(translation.notes())
        .extracting(Note::field)
        .singleElement()
        .asString()
        .contains("[c]");
  }

  /** Changed, they would have the rest of one message taken for the next. */
  @Test
  void whatFramesAMessageStaysAsItIs() throws ResourceRefused {
    Translation<RouteResource> translation =
        translate(
            route(ALL, TO_V1).toBuilder()
                .addRequestHeadersToRemove("Content-Length")
                .addRequestHeadersToAdd(
                    option(
                        "Transfer-Encoding",
                        "chunked",
                        HeaderAppendAction.OVERWRITE_IF_EXISTS_OR_ADD))
                .addResponseHeadersToAdd(
                    option("connection", "close", HeaderAppendAction.APPEND_IF_EXISTS_OR_ADD))
                .build());
    assertThat(only(translation).requestHeaders().isEmpty()).isTrue();
    assertThat(only(translation).responseHeaders().isEmpty()).isTrue();
    assertThat(translation.notes())
        .extracting(Note::field)
        .satisfiesExactlyInAnyOrder(
            field -> assertThat(field).contains("[content-length]"),
            field -> assertThat(field).contains("[transfer-encoding]"),
            field -> assertThat(field).contains("[connection]"));
  }

  /** Envoy, header manipulation: route, then virtual host, then all; and in the order written. */
  @Test
  void theLeastSpecificLevelsHeadersWin() throws ResourceRefused {
    RouteConfiguration source =
        configuration(
                virtualHost(
                    route(ALL, TO_V1).toBuilder()
                        .addRequestHeadersToAdd(
                            option("a", "route", HeaderAppendAction.OVERWRITE_IF_EXISTS_OR_ADD))
                        .addRequestHeadersToAdd(
                            option("b", "route", HeaderAppendAction.APPEND_IF_EXISTS_OR_ADD))
                        .addRequestHeadersToAdd(
                            option("c", "first", HeaderAppendAction.OVERWRITE_IF_EXISTS_OR_ADD))
                        .addRequestHeadersToAdd(
                            option("c", "last", HeaderAppendAction.OVERWRITE_IF_EXISTS_OR_ADD))
                        .build()))
            .toBuilder()
            .addRequestHeadersToRemove("B")
            .addRequestHeadersToAdd(
                option("a", "all", HeaderAppendAction.OVERWRITE_IF_EXISTS_OR_ADD))
            .build();
    assertThat(only(read(source)).requestHeaders())
        .isEqualTo(
            new HeaderEdits(
                List.of("b"), List.of(new Header("c", "last"), new Header("a", "all")), List.of()));
  }
}
