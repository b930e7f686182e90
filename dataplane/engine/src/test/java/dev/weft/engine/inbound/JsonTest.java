package dev.weft.engine.inbound;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** RFC 8259. */
class JsonTest {

  @Test
  void writesWhatClaimsMayBe() {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("text", "a\"\\\n\u0001é<");
    fields.put("list", Arrays.asList(1L, 2.5, true, null));
    fields.put("nothing", List.of());
    fields.put("empty", Map.of());
    assertThat(Json.text(fields))
        .isEqualTo(
            "{\"empty\":{},\"list\":[1,2.5,true,null],\"nothing\":[],\"text\":\"a\\\"\\\\\\n\\u0001é\\u003c\"}");
  }
}
