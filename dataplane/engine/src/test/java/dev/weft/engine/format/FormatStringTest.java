package dev.weft.engine.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.engine.format.FormatString.Command;
import dev.weft.engine.format.FormatString.Text;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Envoy's docs, configuration/observability/access_log/usage: format strings. */
class FormatStringTest {

  @Test
  void isTakenApart() {
    assertThat(FormatString.parse("[%START_TIME(%Y/%m)%] 5%% %REQ(X-A?:PATH):12%\n").parts())
        .containsExactly(
            new Text("["),
            new Command("START_TIME", "%Y/%m", -1),
            new Text("] 5% "),
            new Command("REQ", "X-A?:PATH", 12),
            new Text("\n"));
    assertThat(new Command("REQ", "X-A?:PATH", 12).alternatives()).containsExactly("X-A", ":PATH");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "%REQ%|%REQ% must name a header",
        "%RESPONSE_COD%|%RESPONSE_COD% is not a command operator of Envoy's",
        "100% sure|no command operator at \"% sure\"",
        "%req(a)%|no command operator at \"%req(a)%\"",
        "%ENVIRONMENT%|%ENVIRONMENT% must name what it is to show"
      })
  void whatIsWrongIsSaid(String format, String message) {
    assertThatThrownBy(() -> FormatString.parse(format))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(message);
  }

  @Test
  void operatorsThatHaveNoValueHereAreKnown() {
    assertThat(FormatString.parse("%DOWNSTREAM_TLS_VERSION%").parts()).hasSize(1);
    assertThat(Operators.isHonoured("DOWNSTREAM_TLS_VERSION")).isFalse();
    assertThat(Operators.isHonoured("RESPONSE_CODE")).isTrue();
  }
}
