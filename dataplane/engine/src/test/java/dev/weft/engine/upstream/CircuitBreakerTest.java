package dev.weft.engine.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.engine.Model;
import dev.weft.engine.VirtualTimer;
import dev.weft.engine.model.CircuitBreakers;
import dev.weft.engine.model.CircuitBreakers.RetryBudget;
import dev.weft.engine.model.Cluster;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** Envoy, CircuitBreakers.Thresholds. */
class CircuitBreakerTest {

  private static Upstream upstream(CircuitBreakers limits) {
    return upstream(limits, new VirtualTimer());
  }

  private static Upstream upstream(CircuitBreakers limits, VirtualTimer timer) {
    Cluster cluster = Model.with(Model.cluster("c", 1000), limits);
    Random random = new Random(1);
    return Objects.requireNonNull(
        new Upstreams(timer, () -> random, Unasked.PROBE).update(Map.of("c", cluster)).get("c"));
  }

  @Test
  void maxRetries() {
    Upstream upstream = upstream(new CircuitBreakers(Integer.MAX_VALUE, 2, null));
    assertThat(upstream.acquireRetry()).isTrue();
    assertThat(upstream.acquireRetry()).isTrue();
    assertThat(upstream.acquireRetry()).isFalse();
    upstream.releaseRetry();
    assertThat(upstream.acquireRetry()).isTrue();
  }

  /** RetryBudget.budget_interval: requests of the interval count as if they were active. */
  @Test
  void aBudgetMayCountTheRequestsOfAnInterval() {
    VirtualTimer timer = new VirtualTimer();
    RetryBudget budget = new RetryBudget(50, 1, Duration.ofSeconds(10));
    Upstream upstream = upstream(new CircuitBreakers(Integer.MAX_VALUE, 0, budget), timer);
    for (int i = 0; i < 4; i++) {
      Target target = Objects.requireNonNull(upstream.pick(null));
      assertThat(upstream.acquire(target)).isTrue();
      upstream.release(target);
      timer.pass(Duration.ofSeconds(1));
    }
    assertThat(admitted(upstream)).as("half of four").isEqualTo(2);
    timer.pass(Duration.ofSeconds(7));
    assertThat(admitted(upstream)).as("two of them are gone: the minimum").isEqualTo(1);
    timer.pass(Duration.ofMinutes(1));
    assertThat(admitted(upstream)).isEqualTo(1);
  }

  private static int admitted(Upstream upstream) {
    int admitted = 0;
    while (upstream.acquireRetry()) {
      admitted++;
    }
    for (int i = 0; i < admitted; i++) {
      upstream.releaseRetry();
    }
    return admitted;
  }

  /** ResourceManagerImpl::RetryBudgetImpl: max(percent of the active requests, minimum). */
  @Property(tries = 200)
  void retriesKeepToTheirBudget(
      @ForAll @IntRange(min = 0, max = 100) int percent,
      @ForAll @IntRange(min = 0, max = 10) int minimum,
      @ForAll long seed) {
    Upstream upstream =
        upstream(new CircuitBreakers(Integer.MAX_VALUE, 1, new RetryBudget(percent, minimum)));
    Random traffic = new Random(seed);
    Deque<Target> active = new ArrayDeque<>();
    int retries = 0;
    for (int i = 0; i < 300; i++) {
      int budget = Math.max((int) (percent / 100.0 * active.size()), minimum);
      switch (traffic.nextInt(4)) {
        case 0 -> {
          Target target = Objects.requireNonNull(upstream.pick(null));
          assertThat(upstream.acquire(target)).isTrue();
          active.add(target);
        }
        case 1 -> {
          if (!active.isEmpty()) {
            upstream.release(active.remove());
          }
        }
        case 2 -> {
          boolean admitted = upstream.acquireRetry();
          assertThat(admitted).isEqualTo(retries < budget);
          retries += admitted ? 1 : 0;
        }
        default -> {
          if (retries > 0) {
            upstream.releaseRetry();
            retries--;
          }
        }
      }
    }
  }
}
