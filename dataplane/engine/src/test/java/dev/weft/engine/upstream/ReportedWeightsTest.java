package dev.weft.engine.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.weft.engine.Model;
import dev.weft.engine.VirtualTimer;
import dev.weft.engine.model.LoadBalancing;
import dev.weft.engine.model.LoadBalancing.ClientSideWeighted;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Envoy, ClientSideWeightedRoundRobin: when reported weights count. */
class ReportedWeightsTest {

  private static final int PICKS = 6_000;

  private final VirtualTimer timer = new VirtualTimer();
  private final Random random = new Random(1);
  private final Upstreams upstreams = new Upstreams(timer, () -> random, Unasked.PROBE);
  private final Upstream upstream = upstream();

  private Upstream upstream() {
    ClientSideWeighted policy =
        new ClientSideWeighted(
            Duration.ofSeconds(10), Duration.ofMinutes(3), Duration.ofSeconds(1), 1, List.of());
    return Objects.requireNonNull(
        upstreams
            .update(Map.of("c", Model.with(Model.cluster("c", 1, 2, 3), LoadBalancing.of(policy))))
            .get("c"));
  }

  /** The endpoint of that port reports, if it is to. */
  private void report(int port, double rps) {
    Target target = Objects.requireNonNull(upstream.pick(null));
    while (target.endpoint().address().getPort() != port) {
      target = Objects.requireNonNull(upstream.pick(null));
    }
    assertThat(
            upstream.reported(
                target,
                name ->
                    name.equals("endpoint-load-metrics")
                        ? "TEXT cpu_utilization=0.5,rps_fractional=" + rps
                        : null))
        .isTrue();
  }

  private Map<Integer, Double> shares() {
    Map<Integer, Double> shares = new TreeMap<>();
    for (int i = 0; i < PICKS; i++) {
      Target target = Objects.requireNonNull(upstream.pick(null));
      shares.merge(target.endpoint().address().getPort(), 100.0 / PICKS, Double::sum);
    }
    return shares;
  }

  private void assertShares(double one, double two, double three) {
    Map<Integer, Double> shares = shares();
    assertThat(shares.getOrDefault(1, 0.0)).isCloseTo(one, within(0.5));
    assertThat(shares.getOrDefault(2, 0.0)).isCloseTo(two, within(0.5));
    assertThat(shares.getOrDefault(3, 0.0)).isCloseTo(three, within(0.5));
  }

  @Test
  void withoutReportsAllAreAlike() {
    assertShares(33.3, 33.3, 33.3);
    assertThat(upstream.reported(Objects.requireNonNull(upstream.pick(null)), name -> null))
        .isFalse();
  }

  /** blackout_period: a weight counts when reports have come for so long. */
  @Test
  void weightsCountWhenTheyAreSettled() {
    report(1, 10);
    report(2, 30);
    report(3, 60);
    timer.pass(Duration.ofSeconds(9));
    assertShares(33.3, 33.3, 33.3);
    timer.pass(Duration.ofSeconds(1));
    assertShares(10, 30, 60);
  }

  /** weight_update_period */
  @Test
  void weightsAreLookedAtNowAndThen() {
    report(1, 10);
    report(2, 30);
    report(3, 60);
    timer.pass(Duration.ofSeconds(10));
    assertShares(10, 30, 60);
    report(3, 10);
    timer.pass(Duration.ofMillis(999));
    assertShares(10, 30, 60);
    timer.pass(Duration.ofMillis(1));
    assertShares(20, 60, 20);
  }

  /** The median, of two their mean. */
  @Test
  void whoReportsNothingHasTheMedian() {
    report(1, 10);
    report(2, 30);
    timer.pass(Duration.ofSeconds(10));
    assertShares(100 / 6.0, 50, 100 / 3.0);
  }

  /** weight_expiration_period; then the blackout begins anew. */
  @Test
  void weightsExpire() {
    report(1, 10);
    report(2, 30);
    report(3, 60);
    timer.pass(Duration.ofMinutes(2));
    report(1, 10);
    report(2, 30);
    timer.pass(Duration.ofSeconds(61));
    assertShares(100 / 6.0, 50, 100 / 3.0);
    report(3, 60);
    timer.pass(Duration.ofSeconds(9));
    assertShares(100 / 6.0, 50, 100 / 3.0);
    timer.pass(Duration.ofSeconds(1));
    assertShares(10, 30, 60);
  }

  @Test
  void whoDoesNotCountsNoReports() {
    Upstream other =
        Objects.requireNonNull(upstreams.update(Map.of("d", Model.cluster("d", 1))).get("d"));
    assertThat(
            other.reported(
                Objects.requireNonNull(other.pick(null)),
                name -> {
                  throw new AssertionError("nobody looks at " + name);
                }))
        .isFalse();
  }
}
