package dev.weft.workload.admin;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ModelJsonTest {

  private sealed interface Match {}

  private record Prefix(String value) implements Match {}

  private record Route(String name, Match match, Duration timeout, List<Integer> codes) {}

  @Test
  void writesRecordsWithTheirTypeWhereItTellsThemApart() {
    Route route =
        new Route("a \"quoted\" name", new Prefix("/items"), Duration.ofSeconds(1), List.of(503));

    assertThat(ModelJson.of(Map.of("routes", List.of(route), "none", Map.of())))
        .isEqualTo(
            """
            {
              "none": {},
              "routes": [
                {
                  "name": "a \\"quoted\\" name",
                  "match": {
                    "type": "Prefix",
                    "value": "/items"
                  },
                  "timeout": "PT1S",
                  "codes": [
                    503
                  ]
                }
              ]
            }
            """);
  }
}
