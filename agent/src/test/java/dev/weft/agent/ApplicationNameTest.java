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
    "com.example.Main arg, main",
    "shop.app/com.example.OrderService, order-service",
    "Order_API2Service.jar, order-api2-service",
    "com.example.__$, application",
    "'', application",
  })
  void isTheJarsOrTheMainClasses(String command, String name) {
    assertThat(ApplicationName.of(command)).isEqualTo(name);
  }
}
