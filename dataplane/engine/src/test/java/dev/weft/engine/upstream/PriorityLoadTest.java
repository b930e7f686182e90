package dev.weft.engine.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.engine.upstream.PriorityLoad.Availability;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The tables of Envoy's documentation, intro/arch_overview/upstream/load_balancing: priority,
 * degraded and panic_threshold; overprovisioning 1.4.
 */
class PriorityLoadTest {

  private static Availability of100(int healthy, int degraded) {
    return of(100, healthy, degraded);
  }

  private static Availability of(int hosts, int healthy, int degraded) {
    Availability availability = new Availability();
    for (int i = 0; i < hosts; i++) {
      availability.add(
          i < healthy ? Fitness.HEALTHY : i < healthy + degraded ? Fitness.DEGRADED : Fitness.UNFIT,
          1);
    }
    return availability;
  }

  private static int[] healthy(PriorityLoad load, int priorities) {
    return IntStream.range(0, priorities).map(load::healthy).toArray();
  }

  // priority.rst, two priorities
  @ParameterizedTest
  @CsvSource({
    "100, 100, 100, 0",
    "72, 72, 100, 0",
    "71, 71, 99, 1",
    "50, 50, 70, 30",
    "25, 100, 35, 65",
    "25, 25, 50, 50",
    "0, 100, 0, 100"
  })
  void twoPriorities(int first, int second, int firstLoad, int secondLoad) {
    PriorityLoad load =
        PriorityLoad.of(new Availability[] {of100(first, 0), of100(second, 0)}, 0, 140, 0);
    assertThat(healthy(load, 2)).containsExactly(firstLoad, secondLoad);
  }

  // priority.rst, three priorities
  @ParameterizedTest
  @CsvSource({
    "100, 100, 100, 100, 0, 0",
    "72, 72, 100, 100, 0, 0",
    "71, 71, 100, 99, 1, 0",
    "50, 50, 100, 70, 30, 0",
    "25, 100, 100, 35, 65, 0",
    "25, 25, 100, 35, 35, 30",
    "25, 25, 20, 37, 35, 28"
  })
  void threePriorities(int a, int b, int c, int loadA, int loadB, int loadC) {
    PriorityLoad load =
        PriorityLoad.of(new Availability[] {of100(a, 0), of100(b, 0), of100(c, 0)}, 0, 140, 0);
    assertThat(healthy(load, 3)).containsExactly(loadA, loadB, loadC);
  }

  // degraded.rst: P=0 healthy/degraded, and the traffic to each
  @ParameterizedTest
  @CsvSource({
    "100, 0, 100, 0",
    "70, 10, 98, 2",
    "25, 65, 35, 65",
    "5, 15, 24, 75",
    "0, 20, 0, 100"
  })
  void degraded(int healthy, int degraded, int toHealthy, int toDegraded) {
    PriorityLoad load = PriorityLoad.of(new Availability[] {of100(healthy, degraded)}, 0, 140, 0);
    // The documentation rounds 25 and 75; the sum is 100 and what is left goes to the healthy.
    assertThat(load.healthy(0)).isBetween(toHealthy, toHealthy + 1);
    assertThat(load.degraded(0)).isEqualTo(100 - load.healthy(0)).isBetween(toDegraded, 100);
  }

  // panic_threshold.rst, threshold 50: health of P=0 and P=1, load, panic
  @ParameterizedTest
  @CsvSource({
    "72, 72, 100, false, 0, false",
    "71, 71, 99, false, 1, false",
    "50, 60, 70, false, 30, false",
    "25, 100, 35, false, 65, false",
    "25, 25, 50, true, 50, true",
    "5, 65, 7, true, 93, false"
  })
  void panic(int first, int second, int load0, boolean panic0, int load1, boolean panic1) {
    PriorityLoad load =
        PriorityLoad.of(new Availability[] {of100(first, 0), of100(second, 0)}, 0, 140, 50);
    assertThat(load.panic(0)).isEqualTo(panic0);
    assertThat(load.panic(1)).isEqualTo(panic1);
    assertThat(healthy(load, 2)[1]).isBetween(load1 - 1, load1 + 1);
    assertThat(healthy(load, 2)[0]).isBetween(load0 - 1, load0 + 1);
    assertThat(load.healthy(0) + load.healthy(1)).isEqualTo(100);
  }

  /** LoadBalancerBase::recalculateLoadInTotalPanic: by the number of endpoints. */
  @Test
  void inTotalPanicTheNumberOfEndpointsCounts() {
    PriorityLoad load =
        PriorityLoad.of(new Availability[] {of(30, 1, 0), of(10, 0, 0)}, 0, 140, 50);
    assertThat(load.panic(0)).isTrue();
    assertThat(load.panic(1)).isTrue();
    assertThat(healthy(load, 2)).containsExactly(75, 25);
  }

  /** Istio's healthy_panic_threshold of 0. */
  @Test
  void withoutAThresholdNobodyPanics() {
    PriorityLoad load = PriorityLoad.of(new Availability[] {of100(0, 0), of100(0, 0)}, 0, 140, 0);
    assertThat(load.panic(0)).isFalse();
    assertThat(healthy(load, 2)).containsExactly(0, 0);
  }

  /** ClusterLoadAssignment.Policy.weighted_priority_health. */
  @Test
  void healthMayBeThatOfWeights() {
    Availability first = new Availability();
    first.add(Fitness.HEALTHY, 1);
    first.add(Fitness.UNFIT, 3);
    PriorityLoad load = PriorityLoad.of(new Availability[] {first, of100(100, 0)}, 0, 140, 0);
    assertThat(healthy(load, 2)).containsExactly(35, 65);
  }
}
