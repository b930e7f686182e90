package dev.weft.engine.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.weft.engine.Model;
import dev.weft.engine.model.LoadBalancing.ZoneAware;
import dev.weft.engine.model.LocalCluster;
import dev.weft.engine.outbound.ConnectionKey;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Envoy, "Zone aware routing" and ZoneAwareLoadBalancerBase. The workload's own zone is a. */
class ZoneSharesTest {

  private static final int PICKS = 20_000;

  private static @Nullable ZoneShares shares(
      String callers, int replicas, String endpoints, long minimum, int panicThreshold) {
    Target target =
        new Target(
            Model.endpoint(1),
            new EndpointState(),
            new ConnectionKey(Model.endpoint(1).address(), null),
            null);
    List<HostSet.Locality> localities = new ArrayList<>();
    counts(endpoints)
        .forEach(
            (zone, count) ->
                localities.add(new HostSet.Locality(zone, 1, Collections.nCopies(count, target))));
    localities.sort((one, other) -> one.name().compareTo(other.name()));
    return ZoneShares.of(
        new ZoneAware(100, minimum, new LocalCluster("a", counts(callers), replicas)),
        panicThreshold,
        localities);
  }

  private static Map<String, Integer> counts(String text) {
    Map<String, Integer> counts = new HashMap<>();
    Arrays.stream(text.split(" "))
        .map(word -> word.split(":"))
        .forEach(pair -> counts.put(pair[0], Integer.valueOf(pair[1])));
    return counts;
  }

  @ParameterizedTest
  @CsvSource({
    // upstream_percentage >= local_percentage: LocalityDirect
    "a:1 b:1,        a:3 b:3,         10000",
    "a:1 b:3,        a:2 b:4,         10000",
    // LocalityResidual: upstream_percentage * 10000 / local_percentage
    "a:2 b:2 c:1,    a:1 b:2 c:1,     6250",
    "a:1 b:1,        a:2 b:4,         6666",
    "a:3 b:1,        a:1 b:9,         1333",
    // No endpoint in the own zone, or none that is healthy.
    "a:1 b:1,        b:3 c:3,         0",
    "a:1 b:1,        a:0 b:6,         0"
  })
  void whatStays(String callers, String endpoints, long expected) {
    ZoneShares shares = Objects.requireNonNull(shares(callers, 9, endpoints, 4, 0));
    assertThat(shares.toOwn()).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "one zone of its own,              a:2,      2, a:3 b:3, 6, 0",
    "one zone of the cluster,          a:1 b:1,  2, a:6,     6, 0",
    "too few endpoints,                a:1 b:1,  2, a:3 b:2, 6, 0",
    "none of its own where it is,      b:1 c:1,  2, a:3 b:3, 6, 0",
    "its own replicas are in panic,    a:1 b:0,  3, a:3 b:3, 6, 50"
  })
  void zonesDoNotMatter(
      String why, String callers, int replicas, String endpoints, long minimum, int panic) {
    assertThat(shares(callers, replicas, endpoints, minimum, panic)).as(why).isNull();
  }

  /**
   * local 40 %, 40 %, 20 % and upstream 25 %, 50 %, 25 %: 62.5 % stay, and of the rest two thirds
   * go to b, which has 10 % to spare, one third to c, which has 5 %.
   */
  @ParameterizedTest
  @CsvSource({
    "a:2 b:2 c:1,     a:1 b:2 c:1,         62.5, 25.0, 12.5",
    // b sends more than it can take: all that a can't take goes to c.
    "a:2 b:2 c:1,     a:1 b:1 c:3,         50.0, 0.0, 50.0",
    // None in the own zone, and b sends as much as it can take.
    "a:1 b:1,         b:3 c:3,             0.0, 0.0, 100.0"
  })
  void whereTheRestGoes(String callers, String endpoints, double a, double b, double c) {
    ZoneShares zones = Objects.requireNonNull(shares(callers, 9, endpoints, 1, 0));
    Random random = new Random(1);
    List<String> names = counts(endpoints).keySet().stream().sorted().toList();
    Map<String, Double> shares = new HashMap<>();
    for (int i = 0; i < PICKS; i++) {
      shares.merge(names.get(zones.locality(random)), 100.0 / PICKS, Double::sum);
    }
    assertThat(shares.getOrDefault("a", 0.0)).isCloseTo(a, within(1.0));
    assertThat(shares.getOrDefault("b", 0.0)).isCloseTo(b, within(1.0));
    assertThat(shares.getOrDefault("c", 0.0)).isCloseTo(c, within(1.0));
  }
}
