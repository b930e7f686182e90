package dev.weft.xds;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class BackoffTest {

  @Test
  void growsToALimitAndStartsAgain() {
    Backoff backoff = new Backoff(() -> 0.5);
    assertThat(backoff.nextMillis()).isEqualTo(200);
    assertThat(backoff.nextMillis()).isEqualTo(320);
    for (int i = 0; i < 20; i++) {
      backoff.nextMillis();
    }
    assertThat(backoff.nextMillis()).isEqualTo(10_000);
    backoff.reset();
    assertThat(backoff.nextMillis()).isEqualTo(200);
  }

  @Test
  void jittersByAFifth() {
    assertThat(new Backoff(() -> 0).nextMillis()).isEqualTo(160);
    assertThat(new Backoff(() -> 1).nextMillis()).isEqualTo(240);
  }
}
