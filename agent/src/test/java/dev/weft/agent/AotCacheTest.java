package dev.weft.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AotCacheTest {

  @ParameterizedTest
  @CsvSource({
    "-Xmx1g -XX:AOTCacheOutput=app.aot, TRAINING",
    "-XX:AOTMode=record -XX:AOTConfiguration=app.config, TRAINING",
    // What a training run tells its child.
    "-XX:AOTCacheOutput=app.aot -XX:AOTConfiguration=app.config -XX:AOTMode=create, ASSEMBLY",
    "-XX:AOTCache=app.aot, NONE",
    "-XX:AOTCache=app.aot -XX:AOTMode=on, NONE",
  })
  void isToldByTheJvmsOptions(String options, AotCache expected) {
    assertThat(AotCache.of(List.of(options.split(" ", -1)))).isEqualTo(expected);
  }
}
