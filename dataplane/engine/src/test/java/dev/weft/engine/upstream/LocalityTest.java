package dev.weft.engine.upstream;

import static dev.weft.engine.Model.endpoint;
import static dev.weft.engine.Model.locality;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.weft.engine.Model;
import dev.weft.engine.VirtualTimer;
import dev.weft.engine.model.Assignment;
import dev.weft.engine.model.Assignment.LocalityEndpoints;
import dev.weft.engine.model.Cluster;
import dev.weft.engine.model.Endpoint;
import dev.weft.engine.model.Endpoint.Health;
import dev.weft.engine.model.LoadBalancing;
import dev.weft.engine.model.LoadBalancing.ZoneAware;
import dev.weft.engine.model.LocalCluster;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/** Envoy, LocalityLbEndpoints: priorities, locality weights, health. */
class LocalityTest {

  private static final int PICKS = 10_000;

  private final VirtualTimer timer = new VirtualTimer();
  private final Random random = new Random(1);
  private final Upstreams upstreams = new Upstreams(timer, () -> random, Unasked.PROBE);

  private Upstream upstream(LoadBalancing loadBalancing, LocalityEndpoints... localities) {
    Cluster cluster =
        Model.with(
            Model.with(Model.cluster("c"), loadBalancing), new Assignment(List.of(localities)));
    cluster = Model.with(cluster, Model.consecutive5xx(1, TEN, THIRTY, 100));
    return Objects.requireNonNull(upstreams.update(Map.of("c", cluster)).get("c"));
  }

  private static final Duration TEN = Duration.ofSeconds(10);
  private static final Duration THIRTY = Duration.ofSeconds(30);

  private static Endpoint unwell(int port, Health health) {
    Endpoint well = endpoint(port);
    return new Endpoint(well.address(), false, health, 1, Map.of());
  }

  /** Percent of the picks by port. */
  private static Map<Integer, Double> shares(Upstream upstream) {
    Map<Integer, Double> shares = new TreeMap<>();
    for (int i = 0; i < PICKS; i++) {
      Target target = upstream.pick(null);
      if (target != null) {
        shares.merge(target.endpoint().address().getPort(), 100.0 / PICKS, Double::sum);
      }
    }
    return shares;
  }

  private static void eject(Upstream upstream, int... ports) {
    for (int port : ports) {
      Target target = Objects.requireNonNull(upstream.pick(null));
      for (int i = 0; target.endpoint().address().getPort() != port; i++) {
        assertThat(i).as("picks until %d came", port).isLessThan(PICKS);
        target = Objects.requireNonNull(upstream.pick(null));
      }
      upstream.responded(target, 503);
    }
  }

  @Test
  void theHighestPriorityTakesAllWhileItIsHealthy() {
    Upstream upstream =
        upstream(
            LoadBalancing.ROUND_ROBIN,
            locality("a", 0, 1, endpoint(1), endpoint(2)),
            locality("b", 1, 1, endpoint(3)));
    assertThat(shares(upstream)).containsOnlyKeys(1, 2);
  }

  /** Overprovisioning: 3 of 4 healthy are 105 %, 2 of 4 are 70 %. */
  @Test
  void trafficSpillsOverByHealth() {
    Upstream upstream =
        upstream(
            LoadBalancing.LEAST_REQUEST,
            locality("a", 0, 1, endpoint(1), endpoint(2), endpoint(3), endpoint(4)),
            locality("b", 1, 1, endpoint(5)));
    eject(upstream, 1);
    assertThat(shares(upstream)).containsOnlyKeys(2, 3, 4);
    eject(upstream, 2);
    assertThat(shares(upstream).get(5)).isCloseTo(30.0, within(3.0));
    eject(upstream, 3, 4);
    assertThat(shares(upstream)).containsOnlyKeys(5);
    timer.pass(THIRTY);
    assertThat(shares(upstream)).as("they are back").containsOnlyKeys(1, 2, 3, 4);
  }

  @Test
  void aPriorityWithoutEndpointsIsPassedOver() {
    Upstream upstream =
        upstream(LoadBalancing.ROUND_ROBIN, locality("a", 0, 1), locality("b", 1, 1, endpoint(3)));
    assertThat(shares(upstream)).containsOnlyKeys(3);
  }

  /** HealthStatus: degraded ones make up for what is missing, unhealthy ones get nothing. */
  @Test
  void degradedEndpointsAreUsedWhenTooFewAreHealthy() {
    Upstream upstream =
        upstream(
            LoadBalancing.ROUND_ROBIN,
            locality(
                "a",
                0,
                1,
                endpoint(1),
                unwell(2, Health.DEGRADED),
                unwell(3, Health.UNHEALTHY),
                unwell(4, Health.UNHEALTHY)));
    Map<Integer, Double> shares = shares(upstream);
    assertThat(shares).containsOnlyKeys(1, 2);
    // 35 % and 35 % of health, normalized; what rounding leaves goes to the healthy.
    assertThat(shares.get(2)).isCloseTo(50.0, within(3.0));
  }

  /** As Istio, which doesn't send such endpoints, so that no share of the load is moved away. */
  @Test
  void drainingEndpointsDontCount() {
    Upstream upstream =
        upstream(
            LoadBalancing.ROUND_ROBIN,
            locality("a", 0, 1, endpoint(1), unwell(2, Health.DRAINING)),
            locality("b", 1, 1, endpoint(3)));
    assertThat(shares(upstream)).containsOnlyKeys(1);
  }

  /** healthy_panic_threshold; Istio's minHealthPercent. */
  @Test
  void inPanicAllAreUsedButThoseThatDrain() {
    LoadBalancing panicky = new LoadBalancing(LoadBalancing.ROUND_ROBIN.policy(), false, 60);
    Upstream upstream =
        upstream(
            panicky,
            locality(
                "a",
                0,
                1,
                endpoint(1),
                endpoint(2),
                unwell(3, Health.UNHEALTHY),
                unwell(4, Health.DRAINING)));
    assertThat(shares(upstream)).as("two of three are enough").containsOnlyKeys(1, 2);
    eject(upstream, 1);
    assertThat(shares(upstream)).as("one of three is not").containsOnlyKeys(1, 2, 3);
  }

  @Test
  void whereAllAreEjectedPanicUsesThemAll() {
    LoadBalancing panicky = new LoadBalancing(LoadBalancing.RANDOM.policy(), false, 1);
    Upstream upstream = upstream(panicky, locality("a", 0, 1, endpoint(1), endpoint(2)));
    eject(upstream, 1, 2);
    assertThat(shares(upstream)).containsOnlyKeys(1, 2);
  }

  /** LocalityLbEndpoints.load_balancing_weight, in force with locality_weighted_lb_config. */
  @Property(tries = 50)
  void localitiesGetTheirShare(
      @ForAll @Size(min = 1, max = 5) List<@IntRange(min = 0, max = 10) Integer> weights,
      @ForAll @IntRange(min = 1, max = 4) int endpoints) {
    if (weights.stream().allMatch(weight -> weight == 0)) {
      return;
    }
    List<LocalityEndpoints> localities = new ArrayList<>();
    for (int i = 0; i < weights.size(); i++) {
      Endpoint[] members = new Endpoint[endpoints + i];
      for (int j = 0; j < members.length; j++) {
        members[j] = endpoint(1000 * (i + 1) + j);
      }
      localities.add(locality("l" + i, 0, weights.get(i), members));
    }
    Upstream upstream =
        new LocalityTest()
            .upstream(
                new LoadBalancing(LoadBalancing.ROUND_ROBIN.policy(), true, 0),
                localities.toArray(LocalityEndpoints[]::new));
    double[] shares = new double[weights.size()];
    shares(upstream).forEach((port, share) -> shares[port / 1000 - 1] += share);
    int sum = weights.stream().mapToInt(Integer::intValue).sum();
    for (int i = 0; i < shares.length; i++) {
      assertThat(shares[i]).isCloseTo(100.0 * weights.get(i) / sum, within(1.0));
    }
  }

  /** HostSetImpl::effectiveLocalityWeight: 1.4 × the healthy part of it. */
  @Test
  void anUnwellLocalityWeighsLess() {
    Upstream upstream =
        upstream(
            new LoadBalancing(LoadBalancing.ROUND_ROBIN.policy(), true, 0),
            locality("a", 0, 50, endpoint(1), endpoint(2)),
            locality("b", 0, 50, endpoint(3), endpoint(4)));
    assertThat(shares(upstream)).hasSize(4);
    eject(upstream, 1);
    Map<Integer, Double> shares = shares(upstream);
    assertThat(shares.get(2)).isCloseTo(100 * 0.7 / 1.7, within(1.0));
    assertThat(shares.get(3)).isCloseTo(50 / 1.7, within(1.0));
  }

  @Test
  void withoutLocalityWeightsEveryEndpointCountsAlike() {
    Upstream upstream =
        upstream(
            LoadBalancing.ROUND_ROBIN,
            locality("a", 0, 1, endpoint(1)),
            locality("b", 0, 99, endpoint(2), endpoint(3)));
    assertThat(shares(upstream).get(1)).isCloseTo(100 / 3.0, within(0.1));
  }

  /** zone_aware_lb_config is for priority 0; within a zone the policy chooses. */
  @Test
  void theOwnZoneTakesWhatItCan() {
    LocalCluster replicas = new LocalCluster("eu/a", Map.of("eu/a", 1, "eu/b", 1), 2);
    Upstream upstream =
        upstream(
            new LoadBalancing(
                LoadBalancing.ROUND_ROBIN.policy(), false, 0, new ZoneAware(100, 6, replicas)),
            locality("eu/a", 0, 1, endpoint(1), endpoint(2)),
            locality("eu/b", 0, 1, endpoint(3), endpoint(4), endpoint(5), endpoint(6)),
            locality("us/c", 1, 1, endpoint(7)));
    Map<Integer, Double> shares = shares(upstream);
    assertThat(shares).doesNotContainKey(7);
    assertThat(shares.get(1)).isCloseTo(100 / 3.0, within(1.0));
    assertThat(shares.get(2)).isCloseTo(100 / 3.0, within(1.0));
    assertThat(shares.get(3)).isCloseTo(100 / 12.0, within(1.0));
    eject(upstream, 1);
    assertThat(shares(upstream).get(2)).as("fewer than 6 are healthy").isCloseTo(20, within(1.0));
  }

  /** routing_enabled */
  @Test
  void aPartOfTheRequestsMayGoAnywhere() {
    LocalCluster replicas = new LocalCluster("eu/a", Map.of("eu/a", 1, "eu/b", 1), 2);
    Upstream upstream =
        upstream(
            new LoadBalancing(
                LoadBalancing.RANDOM.policy(), false, 0, new ZoneAware(50, 2, replicas)),
            locality("eu/a", 0, 1, endpoint(1)),
            locality("eu/b", 0, 1, endpoint(2)));
    assertThat(shares(upstream).get(1)).isCloseTo(75, within(2.0));
  }
}
