package dev.weft.engine;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Istio, MeshConfig.pathNormalization BASE; RFC 3986 §5.2.4 and §6.2.2. */
class NormalizedPathTest {

  @ParameterizedTest
  @CsvSource({
    "/, /",
    "/admin, /admin",
    "/admin?x=/../y, /admin",
    "/admin#x, /admin",
    "/a/b/c/./../../g, /a/g",
    "/mid/content=5/../6, /mid/6",
    "/public/../admin, /admin",
    "/public/..%2fadmin, /public/..%2fadmin",
    "/public/%2e%2E/admin, /admin",
    "/public/%2e./admin, /admin",
    "/public\\..\\admin, /admin",
    "/../../admin, /admin",
    "/a/.., /",
    "/a/b/.., /a/",
    "/a/., /a/",
    "/a/.../b, /a/.../b",
    "/a/..b, /a/..b",
    "//admin, //admin",
    "/a//b/../c, /a//c",
    "/%61dmin, /admin",
    "/%7Euser, /~user",
    "/a%20b, /a%20b",
    "/a%, /a%",
    "/a%4, /a%4",
    "/a%zz, /a%zz",
    "/Admin, /Admin",
    "http://catalog/admin, /admin",
    "HTTP://catalog:8080/public/../admin?x, /admin",
    "http://catalog, /",
    "http://catalog?x, /",
    "*, *"
  })
  void normalizes(String target, String path) {
    assertThat(NormalizedPath.of(target)).isEqualTo(path);
  }

  @ParameterizedTest
  @CsvSource({
    "/admin, /admin",
    "//admin, /admin",
    "/a//b/c, /a/b/c",
    "/a//../admin, /admin",
    "/a/b/../../admin, /admin",
    "/a/b/..;x/../admin, /admin",
    "/a/b/%2e%2e;/../admin, /admin",
    "/a\\..\\admin, /admin",
    "/admin;x=y, /admin",
    "/admin;/users, /admin/users",
    "/public/..;/admin, /admin",
    "/public/..%2fadmin, /admin",
    "/public/%5C..%5Cadmin, /admin",
    "/caf%C3%A9, /café",
    "/a+b%20c, /a+b c",
    "/a%3Bx, /a;x",
    "/%2561dmin, /%61dmin",
    "/admin%zz;x, /admin%zz;x"
  })
  void readsWhatAServletContainerMaps(String path, String served) {
    assertThat(NormalizedPath.asServed(path)).isEqualTo(served);
  }

  @Example
  void leavesAPlainPathAsItIs() {
    String path = "/plain/path";
    assertThat(NormalizedPath.of(path)).isSameAs(path);
  }

  /** No rule can be walked around by a path that only becomes a dot segment by normalization. */
  @Property
  void isStable(
      @ForAll
          @StringLength(min = 1, max = 30)
          @CharRange(from = '.', to = '2')
          @CharRange(from = '%', to = '%')
          @CharRange(from = 'a', to = 'f')
          @CharRange(from = 'E', to = 'E')
          @CharRange(from = '\\', to = '\\')
          String rest) {
    String once = NormalizedPath.of("/" + rest);
    assertThat(once).startsWith("/").doesNotContain("\\", "/../", "/./");
    // Only what was encoded twice changes again, and that is another path to every server.
    if (!rest.contains("%25")) {
      assertThat(NormalizedPath.of(once)).isEqualTo(once);
    }
  }
}
