package dev.weft.agent.logging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class LevelTest {

  @Test
  void isNamedInJavasWordsAndInOthers() {
    assertThat(Level.named("warn")).isSameAs(Level.WARNING).isSameAs(Level.named("WARNING"));
    assertThat(Level.named("info")).isSameAs(Level.INFO);
    assertThat(Level.named("debug")).isSameAs(Level.FINE);
  }

  @Test
  void anythingElseIsNoLevel() {
    assertThatThrownBy(() -> Level.named("loud"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("expected off, error, warn, info, debug or trace");
  }
}
