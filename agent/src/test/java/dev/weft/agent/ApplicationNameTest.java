package dev.weft.agent;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ApplicationNameTest {

  @ParameterizedTest
  @CsvSource({
    "/opt/shop/catalog-1.2.3-SNAPSHOT.jar --debug, catalog",
    "storefront.jar, storefront",
    "spring-petclinic-3.5.0.war, spring-petclinic",
    "com.example.Main arg, Main",
    "shop.app/com.example.Main, Main",
    "'', application",
  })
  void isTheJarsOrTheMainClasses(String command, String name) {
    assertThat(ApplicationName.of(command)).isEqualTo(name);
  }
}
