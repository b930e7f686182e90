package dev.weft.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class StatusTest {

  @Test
  void saysWhichWorkloadsAreRefusedAndWhy() throws JsonProcessingException {
    StringWriter out = new StringWriter();
    int refused =
        Status.print(
            new ObjectMapper()
                .readTree(
                    """
                    {"refusedWorkloads": [{"namespace": "shop", "serviceAccount": "attacker",
                      "service": "payments", "address": "10.6.6.6", "reason": "may not serve it"}]}
                    """),
            new PrintWriter(out, true));

    assertThat(refused).isEqualTo(1);
    assertThat(out.toString()).contains("shop/attacker at 10.6.6.6 as payments: may not serve it");
  }
}
