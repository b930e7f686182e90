package dev.weft.engine.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.engine.Model;
import dev.weft.engine.VirtualTimer;
import dev.weft.engine.model.Cluster;
import dev.weft.engine.model.Cluster.OutlierDetection;
import dev.weft.engine.model.Endpoint;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** Envoy, OutlierDetection. */
class OutlierDetectionTest {

  private static final Duration INTERVAL = Duration.ofSeconds(10);
  private static final Duration BASE = Duration.ofSeconds(30);

  private final VirtualTimer timer = new VirtualTimer();
  private final Random random = new Random(1);
  private final Upstreams upstreams = new Upstreams(timer, () -> random);

  private Upstream cluster(int endpoints, int maxEjectionPercent) {
    List<Endpoint> list = new ArrayList<>();
    for (int i = 0; i < endpoints; i++) {
      list.add(Model.endpoint(1000 + i));
    }
    return update(list, maxEjectionPercent);
  }

  private Upstream update(List<Endpoint> endpoints, int maxEjectionPercent) {
    Cluster cluster =
        Model.with(
            Model.with(Model.cluster("c"), endpoints),
            new OutlierDetection(3, INTERVAL, BASE, maxEjectionPercent));
    return Objects.requireNonNull(upstreams.update(Map.of("c", cluster)).get("c"));
  }

  private static Set<Integer> healthy(Upstream upstream) {
    Set<Integer> ports = new HashSet<>();
    for (int i = 0; i < 2 * Math.max(1, upstream.cluster().endpoints().size()); i++) {
      Target target = upstream.pick(null);
      if (target != null) {
        ports.add(target.endpoint().address().getPort());
      }
    }
    return ports;
  }

  private static Target target(Upstream upstream, int port) {
    for (int i = 0; i < 2 * upstream.cluster().endpoints().size(); i++) {
      Target target = Objects.requireNonNull(upstream.pick(null));
      if (target.endpoint().address().getPort() == port) {
        return target;
      }
    }
    throw new AssertionError(port + " is not picked");
  }

  private static void report(Upstream upstream, Target target, int... statuses) {
    for (int status : statuses) {
      upstream.report(target, status);
    }
  }

  @Test
  void ejectsAfterFailuresInARow() {
    Upstream upstream = cluster(3, 100);
    Target bad = target(upstream, 1000);
    report(upstream, bad, 500, 503, 404, 500, 503);
    assertThat(healthy(upstream)).as("a success begins the row anew").hasSize(3);
    report(upstream, bad, 599);
    assertThat(healthy(upstream)).containsExactlyInAnyOrder(1001, 1002);
  }

  /** base_ejection_time times the number of ejections, forgotten by one for each interval. */
  @Test
  void ejectsForLongerEachTime() {
    Upstream upstream = cluster(3, 100);
    Target bad = target(upstream, 1000);
    for (int times = 1; times <= 3; times++) {
      report(upstream, bad, 500, 500, 500);
      timer.pass(BASE.multipliedBy(times).minusNanos(1));
      assertThat(healthy(upstream)).hasSize(2);
      timer.pass(Duration.ofNanos(1));
      assertThat(healthy(upstream)).hasSize(3);
    }
    timer.pass(INTERVAL.multipliedBy(2));
    report(upstream, bad, 500, 500, 500);
    timer.pass(BASE.multipliedBy(2));
    assertThat(healthy(upstream)).as("two of three were forgotten").hasSize(3);
  }

  /** max_ejection_time: 300 s by default. */
  @Test
  void ejectsForFiveMinutesAtMost() {
    Upstream upstream = cluster(3, 100);
    Target bad = target(upstream, 1000);
    for (int times = 1; times <= 20; times++) {
      report(upstream, bad, 500, 500, 500);
      timer.pass(Duration.ofMinutes(5));
      assertThat(healthy(upstream)).hasSize(3);
    }
  }

  /** Istio sets healthy_panic_threshold to 0: no panic mode. */
  @Test
  void leavesNobodyIfAllAreEjected() {
    Upstream upstream = cluster(2, 100);
    Target one = target(upstream, 1000);
    Target other = target(upstream, 1001);
    report(upstream, one, 500, 500, 500);
    report(upstream, other, 500, 500, 500);
    assertThat(upstream.pick(null)).isNull();
    timer.pass(BASE);
    assertThat(healthy(upstream)).hasSize(2);
  }

  @Test
  void ejectionsOutliveAnUpdate() {
    Upstream before = cluster(3, 100);
    report(before, target(before, 1000), 500, 500, 500);
    Upstream after = cluster(4, 100);
    assertThat(healthy(after)).containsExactlyInAnyOrder(1001, 1002, 1003);
    Target late = target(before, 1001);
    report(before, late, 500, 500, 500);
    assertThat(healthy(after))
        .as("reported by a call that began before the update")
        .containsExactlyInAnyOrder(1002, 1003);
  }

  @Test
  void anEndpointThatLeavesMakesRoomForAnother() {
    Upstream upstream = cluster(4, 25);
    Target gone = target(upstream, 1000);
    Target other = target(upstream, 1001);
    report(upstream, gone, 500, 500, 500);
    report(upstream, other, 500, 500, 500);
    assertThat(healthy(upstream)).as("one of four is the limit").hasSize(3);
    Upstream after =
        update(
            List.of(
                Model.endpoint(1001),
                Model.endpoint(1002),
                Model.endpoint(1003),
                Model.endpoint(1004)),
            25);
    report(upstream, gone, 500, 500, 500);
    assertThat(healthy(after)).as("the one that left can't be ejected").hasSize(4);
    report(after, target(after, 1001), 500, 500, 500);
    assertThat(healthy(after)).containsExactlyInAnyOrder(1002, 1003, 1004);
  }

  /** max_ejection_percent, and always_eject_one_host. */
  @Property(tries = 100)
  void neverEjectsMoreThanItMay(
      @ForAll @IntRange(min = 1, max = 20) int endpoints,
      @ForAll @IntRange(min = 0, max = 100) int percent,
      @ForAll long seed) {
    new OutlierDetectionTest().ejectsAtMost(endpoints, percent, seed);
  }

  private void ejectsAtMost(int endpoints, int percent, long seed) {
    Upstream upstream = cluster(endpoints, percent);
    Random traffic = new Random(seed);
    int most = Math.max(1, endpoints * percent / 100);
    boolean reached = false;
    for (int i = 0; i < 500; i++) {
      Target target = upstream.pick(null);
      if (target == null) {
        assertThat(most).isEqualTo(endpoints);
        timer.pass(BASE);
        continue;
      }
      report(upstream, target, 500, 500, 500);
      int ejected = endpoints - healthy(upstream).size();
      assertThat(ejected).isLessThanOrEqualTo(most);
      reached |= ejected == most;
      if (traffic.nextInt(20) == 0) {
        timer.pass(Duration.ofSeconds(traffic.nextInt(60)));
      }
    }
    assertThat(reached).isTrue();
  }

  @Test
  void neverEjectsMoreThanItMayWhenManyThreadsReport() throws InterruptedException {
    Upstream upstream = cluster(20, 30);
    List<Target> targets = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      targets.add(target(upstream, 1000 + i));
    }
    List<Thread> threads = new ArrayList<>();
    for (int t = 0; t < 4; t++) {
      Thread thread =
          new Thread(
              () -> {
                for (int i = 0; i < 3000; i++) {
                  report(upstream, targets.get(i % 20), 500);
                }
              });
      threads.add(thread);
      thread.start();
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(healthy(upstream)).hasSize(14);
  }
}
