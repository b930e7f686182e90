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
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.BoolValue;
import dev.weft.engine.Header;
import dev.weft.engine.HeaderEdits;
import dev.weft.engine.format.FormatString;
import dev.weft.engine.model.HeaderFormats;
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
                    option("C", "", HeaderAppendAction.OVERWRITE_IF_EXISTS_OR_ADD))
                .addRequestHeadersToAdd(
                    HeaderValueOption.newBuilder()
                        .setHeader(HeaderValue.newBuilder().setKey("d").setValue("4"))
                        .setAppend(BoolValue.of(false)))
                .build());
    assertThat(only(translation).requestHeaders())
        .isEqualTo(
            HeaderFormats.of(
                new HeaderEdits(
                    List.of("x-gone"),
                    List.of(new Header("b", "100%"), new Header("d", "4")),
                    List.of(new Header("a", "1")))));
    assertThat(translation.notes()).isEmpty();
  }

  @Test
  void commandOperators() throws ResourceRefused {
    Translation<RouteResource> translation =
        translate(
            route(ALL, TO_V1).toBuilder()
                .addRequestHeadersToAdd(
                    option("A", "to %REQ(:path)%", HeaderAppendAction.OVERWRITE_IF_EXISTS_OR_ADD))
                .addRequestHeadersToAdd(
                    option("B", "%RESP(x)%", HeaderAppendAction.APPEND_IF_EXISTS_OR_ADD))
                .addResponseHeadersToAdd(
                    option("C", "%RESP(x)%", HeaderAppendAction.APPEND_IF_EXISTS_OR_ADD))
                .build());
    assertThat(only(translation).requestHeaders())
        .isEqualTo(
            new HeaderFormats(
                List.of(
                    new HeaderFormats.Level(
                        List.of(),
                        List.of(
                            new HeaderFormats.Value("a", FormatString.parse("to %REQ(:path)%"))),
                        List.of(new HeaderFormats.Value("b", FormatString.parse("%RESP(x)%")))))));
    assertThat(translation.notes())
        .singleElement()
        .satisfies(
            note -> {
              assertThat(note.field()).endsWith("request_headers_to_add[b]");
              assertThat(note.reason()).isEqualTo("%RESP% has no value here");
            });
  }

  /** Envoy refuses the whole route configuration. */
  @Test
  void unknownOperatorsAreRefused() {
    assertThatThrownBy(
            () ->
                translate(
                    route(ALL, TO_V1).toBuilder()
                        .addResponseHeadersToAdd(
                            option("A", "%NONSENSE%", HeaderAppendAction.APPEND_IF_EXISTS_OR_ADD))
                        .build()))
        .isInstanceOf(ResourceRefused.class)
        .hasMessageContaining("response_headers_to_add[a]")
        .hasMessageContaining("%NONSENSE% is not a command operator");
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
    assertThat(only(translation).requestHeaders()).isEqualTo(HeaderFormats.NONE);
    assertThat(only(translation).responseHeaders()).isEqualTo(HeaderFormats.NONE);
    assertThat(translation.notes())
        .extracting(Note::field)
        .satisfiesExactlyInAnyOrder(
            field -> assertThat(field).contains("[content-length]"),
            field -> assertThat(field).contains("[transfer-encoding]"),
            field -> assertThat(field).contains("[connection]"));
  }

  /** Envoy, header manipulation: route, then virtual host, then all. */
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
            HeaderFormats.of(
                new HeaderEdits(
                    List.of("b"),
                    List.of(new Header("c", "last"), new Header("a", "all")),
                    List.of())));
  }
}
