package dev.weft.engine.outbound;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.engine.model.RetryPolicy;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** Envoy, RetryPolicy.RetryBackOff: random, below base × (2^n − 1) and the maximum. */
class BackOffTest {

  private static RetryRule rule(int baseMillis, int maxMillis) {
    return new RetryRule(
        new RetryPolicy(
            Set.of("5xx"),
            100,
            null,
            Duration.ofMillis(baseMillis),
            Duration.ofMillis(maxMillis),
            Set.of(),
            List.of(),
            List.of(),
            true,
            false));
  }

  @Property(tries = 300)
  void staysBelowItsBounds(
      @ForAll @IntRange(min = 1, max = 60_000) int base,
      @ForAll @IntRange(min = 1, max = 600_000) int max,
      @ForAll @IntRange(min = 1, max = 100) int retry,
      @ForAll long seed) {
    long nanos = rule(base, max).backOffNanos(retry, new Random(seed));
    double grown = base * (Math.pow(2, retry) - 1);
    assertThat(nanos).isNotNegative();
    assertThat(nanos / 1e6).isLessThan(Math.min(grown, Math.max(base, max)));
  }

  @Property(tries = 20)
  void usesTheWholeRange(@ForAll @IntRange(min = 1, max = 3) int retry, @ForAll long seed) {
    Random random = new Random(seed);
    double ceiling = 25e6 * ((1 << retry) - 1);
    double sum = 0;
    double highest = 0;
    for (int i = 0; i < 2000; i++) {
      long nanos = rule(25, 250).backOffNanos(retry, random);
      sum += nanos;
      highest = Math.max(highest, (double) nanos);
    }
    assertThat(sum / 2000).isBetween(ceiling * 0.45, ceiling * 0.55);
    assertThat(highest).isGreaterThan(ceiling * 0.98);
  }
}
