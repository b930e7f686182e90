package dev.weft.controlserver.identity;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;

class RefusedCallsTest {

  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

  private final RefusedCalls calls = new RefusedCalls(Clock.fixed(NOW, ZoneOffset.UTC));

  @Test
  void whoeverTriesAgainIsListedOnce() {
    calls.add("10.0.0.1", "Discovery", "unknown key");
    calls.add("10.0.0.2", "Discovery", "unknown key");
    calls.add("10.0.0.1", "Discovery", "unknown key");

    assertThat(calls.count()).isEqualTo(3);
    assertThat(calls.last())
        .containsExactly(
            new RefusedCalls.Refusal("10.0.0.2", "Discovery", "unknown key", 1, NOW),
            new RefusedCalls.Refusal("10.0.0.1", "Discovery", "unknown key", 2, NOW));
  }

  @Test
  void onlyTheLastAreKept() {
    for (int i = 0; i < 100; i++) {
      calls.add("10.0.0." + i, "Discovery", "unknown key");
    }

    assertThat(calls.count()).isEqualTo(100);
    assertThat(calls.last()).hasSize(20);
    assertThat(calls.last().get(19).address()).isEqualTo("10.0.0.99");
  }
}
