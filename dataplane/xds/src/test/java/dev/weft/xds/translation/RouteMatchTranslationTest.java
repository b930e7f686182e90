package dev.weft.xds.translation;

import static dev.weft.xds.translation.Routes.ALL;
import static dev.weft.xds.translation.Routes.TO_V1;
import static dev.weft.xds.translation.Routes.only;
import static dev.weft.xds.translation.Routes.route;
import static dev.weft.xds.translation.Routes.translate;
import static dev.weft.xds.translation.Routes.unknown;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.BoolValue;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.weft.engine.model.HeaderMatch;
import dev.weft.engine.model.QueryMatch;
import dev.weft.engine.model.StringMatch;
import dev.weft.xds.proto.HeaderMatcher;
import dev.weft.xds.proto.QueryParameterMatcher;
import dev.weft.xds.proto.RegexMatcher;
import dev.weft.xds.proto.RouteMatch;
import dev.weft.xds.proto.StringMatcher;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** RouteMatch, with its path specifiers and HeaderMatchers. */
class RouteMatchTranslationTest {

  @Test
  void prefix() throws ResourceRefused {
    assertThat(path(RouteMatch.newBuilder().setPrefix("/a")))
        .as("case_sensitive is true by default")
        .isEqualTo(new StringMatch.Prefix("/a", false));
    assertThat(path(RouteMatch.newBuilder().setPrefix("/a").setCaseSensitive(BoolValue.of(false))))
        .isEqualTo(new StringMatch.Prefix("/a", true));
  }

  @Test
  void path() throws ResourceRefused {
    assertThat(path(RouteMatch.newBuilder().setPath("/a")))
        .isEqualTo(new StringMatch.Exact("/a", false));
  }

  @Test
  void safeRegex() throws ResourceRefused {
    StringMatch match =
        path(RouteMatch.newBuilder().setSafeRegex(RegexMatcher.newBuilder().setRegex("/a+")));
    assertThat(match.matches("/aa")).isTrue();
    assertThat(match.matches("/aa/b")).as("the whole path must match").isFalse();
    assertRefused(
        RouteMatch.newBuilder().setSafeRegex(RegexMatcher.newBuilder().setRegex("(")).build(),
        "match.safe_regex");
    assertRefused(
        RouteMatch.newBuilder().setSafeRegex(RegexMatcher.newBuilder().setRegex("(?=a)")).build(),
        "match.safe_regex");
    assertThat(
            path(RouteMatch.newBuilder()
                    .setSafeRegex(RegexMatcher.newBuilder().setRegex("[[:alpha:]]+")))
                .matches("abc"))
        .as("RE2's syntax, not Java's")
        .isTrue();
  }

  /** With Java's own expressions this would take longer than the test may. */
  @Test
  @Timeout(10)
  void aRegexTakesLinearTime() throws ResourceRefused {
    StringMatch match =
        path(RouteMatch.newBuilder().setSafeRegex(RegexMatcher.newBuilder().setRegex("/(a*)*b")));
    assertThat(match.matches("/" + "a".repeat(5000))).isFalse();
  }

  @Test
  void queryParameters() throws ResourceRefused {
    assertThat(
            only(translate(
                    route(
                        ALL.toBuilder()
                            .addQueryParameters(
                                QueryParameterMatcher.newBuilder()
                                    .setName("a")
                                    .setStringMatch(exact("x")))
                            .addQueryParameters(
                                QueryParameterMatcher.newBuilder()
                                    .setName("b")
                                    .setPresentMatch(true))
                            .build(),
                        TO_V1)))
                .match()
                .query())
        .containsExactly(
            new QueryMatch("a", new StringMatch.Exact("x", false)),
            new QueryMatch("b", new StringMatch.Present()));
  }

  @Test
  void pathSeparatedPrefix() throws ResourceRefused {
    StringMatch match = path(RouteMatch.newBuilder().setPathSeparatedPrefix("/a.b"));
    assertThat(match.matches("/a.b")).isTrue();
    assertThat(match.matches("/a.b/c")).isTrue();
    assertThat(match.matches("/a.bc")).isFalse();
    assertThat(match.matches("/aXb")).isFalse();
  }

  @Test
  void aMatchThatIsNotReadRefusesTheTable() throws InvalidProtocolBufferException {
    // dynamic_metadata = 13
    RouteMatch match = RouteMatch.parseFrom(ALL.toByteString().concat(unknown(13)));
    assertRefused(match, "virtual_hosts[0].routes[0].match: field 13 is not supported");
  }

  @Test
  void headerMatchers() throws ResourceRefused {
    assertThat(header(HeaderMatcher.newBuilder().setStringMatch(exact("x"))))
        .containsExactly(new HeaderMatch("h", new StringMatch.Exact("x", false), false));
    assertThat(
            header(
                HeaderMatcher.newBuilder()
                    .setStringMatch(StringMatcher.newBuilder().setSuffix("x").setIgnoreCase(true))))
        .containsExactly(new HeaderMatch("h", new StringMatch.Suffix("x", true), false));
    assertThat(header(HeaderMatcher.newBuilder().setPrefixMatch("x")))
        .containsExactly(new HeaderMatch("h", new StringMatch.Prefix("x", false), false));
    assertThat(
            header(HeaderMatcher.newBuilder().setContainsMatch(".")).get(0).match().matches("abc"))
        .isFalse();
  }

  @Test
  void headerPresence() throws ResourceRefused {
    HeaderMatch present = new HeaderMatch("h", new StringMatch.Present(), false);
    HeaderMatch absent = new HeaderMatch("h", new StringMatch.Present(), true);
    assertThat(header(HeaderMatcher.newBuilder())).containsExactly(present);
    assertThat(header(HeaderMatcher.newBuilder().setPresentMatch(true))).containsExactly(present);
    assertThat(header(HeaderMatcher.newBuilder().setPresentMatch(false))).containsExactly(absent);
    assertThat(header(HeaderMatcher.newBuilder().setPresentMatch(true).setInvertMatch(true)))
        .containsExactly(absent);
    assertThat(header(HeaderMatcher.newBuilder().setPresentMatch(false).setInvertMatch(true)))
        .containsExactly(present);
  }

  @Test
  void anInvertedValueNeedsTheHeaderUnlessItsAbsenceCountsAsEmpty() throws ResourceRefused {
    HeaderMatch not = new HeaderMatch("h", new StringMatch.Exact("x", false), true);
    assertThat(header(HeaderMatcher.newBuilder().setStringMatch(exact("x")).setInvertMatch(true)))
        .containsExactly(new HeaderMatch("h", new StringMatch.Present(), false), not);
    assertThat(
            header(
                HeaderMatcher.newBuilder()
                    .setStringMatch(exact("x"))
                    .setInvertMatch(true)
                    .setTreatMissingHeaderAsEmpty(true)))
        .containsExactly(not);
  }

  private static StringMatch path(RouteMatch.Builder match) throws ResourceRefused {
    return only(translate(route(match.build(), TO_V1))).match().path();
  }

  private static List<HeaderMatch> header(HeaderMatcher.Builder matcher) throws ResourceRefused {
    RouteMatch match = ALL.toBuilder().addHeaders(matcher.setName("H")).build();
    return only(translate(route(match, TO_V1))).match().headers();
  }

  private static void assertRefused(RouteMatch match, String why) {
    assertThatThrownBy(() -> translate(route(match, TO_V1)))
        .isInstanceOf(ResourceRefused.class)
        .hasMessageContaining(why);
  }

  private static StringMatcher exact(String value) {
    return StringMatcher.newBuilder().setExact(value).build();
  }
}
