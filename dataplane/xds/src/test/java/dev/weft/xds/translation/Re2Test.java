package dev.weft.xds.translation;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class Re2Test {

  @ParameterizedTest
  @CsvSource({
    "/items, /items",
    "^/items$, /items",
    "'/items/[0-9]+', /items/",
    "'/items/?', /items",
    "'/items/*', /items",
    "'/items/{0,2}', /items",
    "'/items/+', /items/",
    "'/v1\\.2/.*', /v1.2/",
    "'/(a|b)/c', /",
    "'/a|/b', ''",
    "'/a[|]b', ''",
    "'(?i)/a', ''",
    "'\\Q/a\\E', ''",
    "'\\d+', ''",
    "'.*', ''"
  })
  void literalPrefix(String regex, String expected) {
    assertThat(Re2.literalPrefix(regex)).isEqualTo(expected);
  }
}
