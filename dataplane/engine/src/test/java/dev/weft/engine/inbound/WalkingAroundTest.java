package dev.weft.engine.inbound;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.engine.EngineFixture;
import dev.weft.engine.NormalizedPath;
import dev.weft.engine.model.ClientAddress;
import dev.weft.engine.model.Condition;
import dev.weft.engine.model.HeaderMatch;
import dev.weft.engine.model.InboundFilter;
import dev.weft.engine.model.InboundFilter.Action;
import dev.weft.engine.model.InboundFilter.Policy;
import dev.weft.engine.model.InboundListener;
import dev.weft.engine.model.PathNormalization;
import dev.weft.engine.model.StringMatch;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Ways of writing {@code /admin/x} that some server reads as that. Whatever MeshConfig's
 * pathNormalization says, none gets past a rule about {@code /admin/*}.
 */
class WalkingAroundTest {

  private static final List<PathNormalization> NORMALIZATIONS =
      List.of(
          PathNormalization.NONE,
          PathNormalization.BASE,
          PathNormalization.MERGE_SLASHES,
          PathNormalization.DECODE_AND_MERGE_SLASHES);

  private static final Condition ADMIN =
      new Condition.PathIs(new StringMatch.Prefix("/admin/", false));
  private static final Condition PUBLIC =
      new Condition.PathIs(new StringMatch.Prefix("/public/", false));

  private static int status(
      PathNormalization paths, String path, Action action, Condition condition) {
    FakeInboundRequest request = new FakeInboundRequest();
    request.path = path;
    InboundFilter filter =
        InboundFilter.Rbac.enforcing(action, List.of(new Policy("p", condition)));
    InboundStep step =
        new EngineFixture()
            .inbound(
                new InboundListener(
                    8080,
                    MutualTlsMode.PERMISSIVE,
                    List.of(),
                    paths,
                    ClientAddress.FORWARDED,
                    List.of(filter)))
            .engine
            .inbound(request)
            .next();
    return step instanceof InboundStep.Refuse refusal ? refusal.answer().status() : 200;
  }

  static Stream<Arguments> disguises() {
    List<Arguments> rows = new ArrayList<>();
    for (String path :
        List.of(
            "/admin/x",
            "//admin/x",
            "/admin//x",
            "/./admin/x",
            "/public/../admin/x",
            "/public/%2e%2e/admin/x",
            "/public/.%2E/admin/x",
            "/public//../admin/x",
            "/public/a/..;/../admin/x",
            "/public/a/..;v=1/../admin/x",
            "/public/a/%2e%2e;/../admin/x",
            "/public/..%2fadmin/x",
            "/public/..%2Fadmin%2Fx",
            "/public%2f..%2fadmin/x",
            "/public/%2e%2e%2fadmin/x",
            "/public\\..\\admin\\x",
            "/public/..%5cadmin/x",
            "\\admin\\x",
            "/%61dmin/x",
            "/%61%64%6D%69%6E/x",
            "/admin;v=1/x",
            "/admin;/x",
            "/;v=1/admin/x",
            "/public/..;/admin/x",
            "/public/..;a=b/admin/x",
            "/public/;/../../admin/x",
            "/public/%2e%2e;/admin/x",
            "/public/..;%2f../admin/x",
            "http://catalog/admin/x",
            "HTTPS://catalog:8080/admin/x",
            "http://user@catalog/public/../admin/x",
            "http://catalog//admin/x",
            "/../admin/x",
            "/../../../admin/x?/public/",
            "/admin/x?x=/public/../..",
            "/admin/x;jsessionid=1?y")) {
      for (PathNormalization paths : NORMALIZATIONS) {
        rows.add(Arguments.of(path, paths));
      }
    }
    return rows.stream();
  }

  @ParameterizedTest(name = "{0} by {1}")
  @MethodSource("disguises")
  void isNotPossible(String path, PathNormalization paths) {
    assertThat(status(paths, path, Action.DENY, ADMIN)).as("DENY /admin/*").isEqualTo(403);
    assertThat(status(paths, path, Action.ALLOW, PUBLIC)).as("ALLOW /public/*").isEqualTo(403);
    assertThat(status(paths, path, Action.ALLOW, new Condition.Not(ADMIN)))
        .as("ALLOW notPaths /admin/*")
        .isEqualTo(403);
  }

  /** Envoy normalizes before its filters, so the header that they see is normalized, too. */
  @Test
  void norBeARuleAboutThePathAsAHeader() {
    Condition header =
        new Condition.HeaderIs(
            new HeaderMatch(":path", new StringMatch.Prefix("/admin/", false), false));
    for (String path : List.of("/public/../admin/x", "/public/..;/admin/x?y", "//admin/x")) {
      assertThat(status(PathNormalization.BASE, path, Action.DENY, header)).as(path).isEqualTo(403);
    }
  }

  static Stream<Arguments> ambiguous() {
    return Stream.of(
            "/public/#/../admin/x", "/admin/x%00.png", "/public/%00/../admin/x", "/admin/x\u0000")
        .flatMap(path -> NORMALIZATIONS.stream().map(paths -> Arguments.of(path, paths)));
  }

  /** Envoy: http_reject_path_with_fragment; its URL canonicalization fails for NUL. */
  @ParameterizedTest(name = "{0} by {1}")
  @MethodSource("ambiguous")
  void whatServersDisagreeAboutIsRefused(String path, PathNormalization paths) {
    assertThat(status(paths, path, Action.DENY, ADMIN)).isEqualTo(400);
    assertThat(status(paths, path, Action.ALLOW, PUBLIC)).isEqualTo(400);
  }

  static Stream<Arguments> others() {
    return Stream.of(
            // Encoded twice: a server that decodes once sees no slash and no dots.
            "/public/%252e%252e/admin/x",
            "/public/..%252fadmin/x",
            // No UTF-8 has a slash in two bytes; what is malformed is no slash to Java.
            "/public/..%c0%afadmin/x",
            "/public/a;b/c",
            "/public/x%20y",
            "/public/./x",
            "/public/...",
            "/public//x",
            "/public/x?y#z")
        .map(Arguments::of);
  }

  @ParameterizedTest
  @MethodSource("others")
  void otherPathsArePassedOn(String path) {
    assertThat(status(PathNormalization.BASE, path, Action.DENY, ADMIN)).isEqualTo(200);
    assertThat(status(PathNormalization.BASE, path, Action.ALLOW, PUBLIC)).isEqualTo(200);
  }

  /** MeshConfig.ProxyPathNormalization, its table of examples. */
  @ParameterizedTest
  @MethodSource("normalizations")
  void normalizes(PathNormalization how, String path, String expected) {
    assertThat(NormalizedPath.of(path, how)).isEqualTo(expected);
  }

  static Stream<Arguments> normalizations() {
    String path = "/a//b/../c%2Fd\\e/%7Ef";
    return Stream.of(
        Arguments.of(PathNormalization.NONE, path, path),
        Arguments.of(PathNormalization.BASE, path, "/a//c%2Fd/e/~f"),
        Arguments.of(PathNormalization.MERGE_SLASHES, path, "/a/c%2Fd/e/~f"),
        Arguments.of(PathNormalization.DECODE_AND_MERGE_SLASHES, path, "/a/c/d/e/~f"));
  }

  /** Each character of the path written one way or another, and detours on the way. */
  @Property
  void noCombinationOfDisguisesWorks(
      @ForAll @Size(6) List<@IntRange(max = 2) Integer> writings,
      @ForAll @Size(max = 4) List<@IntRange(max = 6) Integer> detours,
      @ForAll @IntRange(max = 3) int normalization) {
    StringBuilder path = new StringBuilder();
    for (int detour : detours) {
      path.append(
          List.of("/x/..", "/.", "/;p=1", "/x/..;q", "/y/%2e%2E", "/", "/z%2f..").get(detour));
    }
    path.append('/');
    for (int i = 0; i < 5; i++) {
      char c = "admin".charAt(i);
      path.append(
          switch (writings.get(i)) {
            case 0 -> String.valueOf(c);
            case 1 -> String.format("%%%02x", (int) c);
            default -> String.format("%%%02X", (int) c);
          });
    }
    path.append(List.of("/x", ";a=b/x", "//x").get(writings.get(5)));
    PathNormalization paths = NORMALIZATIONS.get(normalization);
    assertThat(status(paths, path.toString(), Action.DENY, ADMIN)).as("%s", path).isEqualTo(403);
    assertThat(status(paths, path.toString(), Action.ALLOW, PUBLIC)).as("%s", path).isEqualTo(403);
  }
}
