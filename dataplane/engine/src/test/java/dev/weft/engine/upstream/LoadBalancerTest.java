package dev.weft.engine.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.engine.Model;
import dev.weft.engine.VirtualTimer;
import dev.weft.engine.model.Cluster;
import dev.weft.engine.model.Endpoint;
import dev.weft.engine.model.LoadBalancing;
import dev.weft.engine.model.LoadBalancing.Maglev;
import dev.weft.engine.model.LoadBalancing.RingHash;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** Envoy, lb_policy and Endpoint.load_balancing_weight. */
class LoadBalancerTest {

  private static Upstream upstream(LoadBalancing policy, List<Integer> weights, long seed) {
    List<Endpoint> endpoints = new ArrayList<>();
    for (int i = 0; i < weights.size(); i++) {
      endpoints.add(Model.endpoint(1000 + i, weights.get(i), false, false));
    }
    Cluster cluster = Model.with(Model.with(Model.cluster("c"), policy), endpoints);
    Random random = new Random(seed);
    return Objects.requireNonNull(
        new Upstreams(new VirtualTimer(), () -> random, Unasked.PROBE)
            .update(Map.of("c", cluster))
            .get("c"));
  }

  private static Target pick(Upstream upstream) {
    return Objects.requireNonNull(upstream.pick(null));
  }

  private static int[] picks(Upstream upstream, int endpoints, int times) {
    int[] picks = new int[endpoints];
    for (int i = 0; i < times; i++) {
      picks[pick(upstream).endpoint().address().getPort() - 1000]++;
    }
    return picks;
  }

  @Property(tries = 100)
  void roundRobinIsExactOverEachRound(
      @ForAll @IntRange(min = 1, max = 20) int endpoints,
      @ForAll @IntRange(min = 1, max = 20) int rounds,
      @ForAll long seed) {
    Upstream upstream =
        upstream(
            LoadBalancing.ROUND_ROBIN, new ArrayList<>(Collections.nCopies(endpoints, 1)), seed);
    assertThat(picks(upstream, endpoints, endpoints * rounds)).containsOnly(rounds);
  }

  @Property(tries = 100)
  void weightedRoundRobinKeepsToTheWeights(
      @ForAll @Size(min = 2, max = 10) List<@IntRange(min = 1, max = 50) Integer> weights,
      @ForAll long seed) {
    int sum = weights.stream().mapToInt(Integer::intValue).sum();
    int times = 200 * sum;
    int[] picks = picks(upstream(LoadBalancing.ROUND_ROBIN, weights, seed), weights.size(), times);
    for (int i = 0; i < picks.length; i++) {
      assertThat(picks[i])
          .as("of weight %d in %s", weights.get(i), weights)
          .isBetween(
              (int) (weights.get(i) * 200 * 0.97) - 2, (int) (weights.get(i) * 200 * 1.03) + 2);
    }
  }

  /** Smooth: an endpoint of weight w among sum s never goes without for long. */
  @Property(tries = 100)
  void weightedRoundRobinLeavesNobodyOut(
      @ForAll @Size(min = 2, max = 10) List<@IntRange(min = 1, max = 10) Integer> weights,
      @ForAll long seed) {
    Upstream upstream = upstream(LoadBalancing.ROUND_ROBIN, weights, seed);
    int sum = weights.stream().mapToInt(Integer::intValue).sum();
    Map<Integer, Integer> lastPick = new HashMap<>();
    for (int i = 0; i < 20 * sum; i++) {
      int picked = pick(upstream).endpoint().address().getPort() - 1000;
      int gap = i - lastPick.getOrDefault(picked, i);
      assertThat(gap).isLessThanOrEqualTo(2 * sum / weights.get(picked) + weights.size());
      lastPick.put(picked, i);
    }
    assertThat(lastPick).hasSameSizeAs(weights);
  }

  @Property(tries = 50)
  void leastRequestOfIdleEndpointsKeepsToTheWeights(
      @ForAll @Size(min = 2, max = 6) List<@IntRange(min = 1, max = 10) Integer> weights,
      @ForAll long seed) {
    int sum = weights.stream().mapToInt(Integer::intValue).sum();
    int times = 20_000;
    int[] picks =
        picks(upstream(LoadBalancing.LEAST_REQUEST, weights, seed), weights.size(), times);
    for (int i = 0; i < picks.length; i++) {
      double share = (double) weights.get(i) / sum;
      double deviation = Math.sqrt(times * share * (1 - share));
      assertThat((double) picks[i])
          .isBetween(times * share - 6 * deviation, times * share + 6 * deviation);
    }
  }

  /** With requests that never end, nobody gets ahead by much: the power of two choices. */
  @Property(tries = 50)
  void leastRequestLevelsTheLoad(
      @ForAll @Size(min = 2, max = 10) List<@IntRange(min = 1, max = 4) Integer> weights,
      @ForAll long seed) {
    Upstream upstream = upstream(LoadBalancing.LEAST_REQUEST, weights, seed);
    int sum = weights.stream().mapToInt(Integer::intValue).sum();
    int perWeight = 50;
    Map<Target, Integer> load = new HashMap<>();
    for (int i = 0; i < perWeight * sum; i++) {
      Target target = pick(upstream);
      assertThat(upstream.acquire(target)).isTrue();
      load.merge(target, 1, Integer::sum);
    }
    load.forEach(
        (target, active) ->
            assertThat((double) active / target.weight())
                .isBetween(perWeight - 15.0, perWeight + 15.0));
  }

  @Property(tries = 50)
  void randomIgnoresWeights(
      @ForAll @Size(min = 2, max = 6) List<@IntRange(min = 1, max = 50) Integer> weights,
      @ForAll long seed) {
    int times = 10_000;
    int[] picks = picks(upstream(LoadBalancing.RANDOM, weights, seed), weights.size(), times);
    double share = 1.0 / picks.length;
    double deviation = Math.sqrt(times * share * (1 - share));
    for (int pick : picks) {
      assertThat((double) pick)
          .isBetween(times * share - 6 * deviation, times * share + 6 * deviation);
    }
  }

  @Property(tries = 50)
  void drainingEndpointsGetNothing(@ForAll("policies") LoadBalancing policy, @ForAll long seed) {
    Random random = new Random(seed);
    Cluster cluster =
        Model.with(
            Model.with(Model.cluster("c"), policy),
            List.of(
                Model.endpoint(1, 1, false, true),
                Model.endpoint(2, 5, false, false),
                Model.endpoint(3, 1, false, false)));
    Upstream upstream =
        Objects.requireNonNull(
            new Upstreams(new VirtualTimer(), () -> random, Unasked.PROBE)
                .update(Map.of("c", cluster))
                .get("c"));
    for (int i = 0; i < 200; i++) {
      assertThat(pick(upstream).endpoint().draining()).isFalse();
    }
  }

  @Provide
  Arbitrary<LoadBalancing> policies() {
    return Arbitraries.of(
        LoadBalancing.ROUND_ROBIN,
        LoadBalancing.LEAST_REQUEST,
        LoadBalancing.RANDOM,
        LoadBalancing.of(new RingHash(64, 1024)),
        LoadBalancing.of(new Maglev(251)));
  }
}
